"""Which quantizations of a model share ranges and passes over the images, and what each infers."""

from dataclasses import dataclass

from calibrate.config.quantization import Quantization
from calibrate.core.subset_sizes import CORRECTION_INFERENCES

_OF_CORRECTION = {
    "fast_bias_correction": None,
    "disable_bias_correction": False,
    "bias_correction_params": None,
    "kernel_bias_correction": False,
}
"""Settings that do not affect the ranges."""

_OF_RANGES = {"activations_range_estimator_params": None}
"""Settings that affect neither the placement of quantizers nor the steps before it."""


_ACCURATE_SHARE = 0.2
"""Share of the calibration inputs that NNCF's accurate bias correction uses."""


@dataclass(frozen=True, slots=True)
class Images:
    """Numbers of calibration inputs.

    Attributes:
        ranges: for the statistics that determine the ranges.
        correction: for the bias correction; NNCF's accurate correction uses a fifth of them.
    """

    ranges: int
    correction: int


def same_ranges(first: Quantization, second: Quantization) -> bool:
    """Return whether two settings differ at most in the bias correction."""
    return settings_of_ranges(first) == settings_of_ranges(second)


def same_pass(first: Quantization, second: Quantization) -> bool:
    """Return whether two settings differ at most in bias correction and activation ranges.

    One pass over the images then provides the ranges of both.
    """
    return same_ranges(first.model_copy(update=_OF_RANGES), second.model_copy(update=_OF_RANGES))


def settings_of_ranges(settings: Quantization) -> str:
    """Return the settings that determine the ranges, as text."""
    return settings.model_copy(update=_OF_CORRECTION).model_dump_json()


def further_inferences(settings: Quantization, given: Quantization, images: Images) -> int:
    """Return the inferences that a quantization makes after that with the config's settings.

    Args:
        settings: of the recipe.
        given: of the config, whose pass collected the ranges of every recipe that shares it.
        images: numbers of calibration inputs.
    """
    collected = 0 if same_pass(settings, given) else images.ranges
    if settings.kernel_bias_correction:
        return collected + min(images.correction, CORRECTION_INFERENCES)
    if settings.disable_bias_correction:
        return collected
    if settings.fast_bias_correction is False:
        return max(collected, 1, int(images.correction * _ACCURATE_SHARE))
    return max(collected, images.correction)
