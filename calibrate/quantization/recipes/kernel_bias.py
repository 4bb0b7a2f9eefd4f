"""Recipes that correct each bias by the mean outputs of this CPU's INT8 kernels."""

from calibrate.quantization.recipes._lib.changed_settings import MIN_MAX, ChangedSettings

# A user who set one of NNCF's corrections has set these fields, and the recipes are not tried.
_BY_KERNELS = {
    "kernel_bias_correction": True,
    "disable_bias_correction": False,
    "fast_bias_correction": None,
}

KERNEL_BIAS_MIN_MAX = ChangedSettings(
    "kernel-bias-min-max",
    "corrects each bias by what this CPU's INT8 kernels give, with ranges that clip nothing",
    {**_BY_KERNELS, "activations_range_estimator_params": MIN_MAX},
    "auto",
)

KERNEL_BIAS = ChangedSettings(
    "kernel-bias",
    "corrects each bias by what this CPU's INT8 kernels give",
    _BY_KERNELS,
    "auto",
)
