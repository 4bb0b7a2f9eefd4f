"""Recipes that set options of NNCF: its accurate bias correction, other ranges, 7-bit weights."""

from calibrate.quantization.recipes._lib.changed_settings import MIN_MAX, ChangedSettings

ACCURATE_BIAS = ChangedSettings(
    "accurate-bias",
    "corrects each bias with the layers before it quantized",
    {"fast_bias_correction": False},
)

ACCURATE_BIAS_MIN_MAX = ChangedSettings(
    "accurate-bias-min-max",
    "NNCF's correction with ranges that clip nothing",
    {"fast_bias_correction": False, "activations_range_estimator_params": MIN_MAX},
)

MIN_MAX_RANGES = ChangedSettings(
    "min-max", "ranges that clip nothing", {"activations_range_estimator_params": MIN_MAX}
)

MIXED_PRESET = ChangedSettings(
    "mixed", "asymmetric ranges for activations that may be negative", {"preset": "mixed"}
)

ACCURATE_BIAS_7_BIT = ChangedSettings(
    "accurate-bias-7-bit",
    "weights at 7 bits, against saturation on CPUs without VNNI",
    {"fast_bias_correction": False, "overflow_fix": "enable"},
)
