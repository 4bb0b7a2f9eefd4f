"""The recipes worth trying, and how one changes the settings."""

from typing import Any, Literal

from calibrate.config.quantization import Quantization, RangeEstimator, StatisticsCollector
from calibrate.core.recipe import Recipe

_MIN_MAX = RangeEstimator(
    min=StatisticsCollector(statistics_type="min", aggregator_type="min"),
    max=StatisticsCollector(statistics_type="max", aggregator_type="max"),
)

# Where the user pinned one of NNCF's corrections, the kernels' is none to try.
_BY_KERNELS = {
    "kernel_bias_correction": True,
    "disable_bias_correction": False,
    "fast_bias_correction": None,
}

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "kernel-bias-min-max",
        {**_BY_KERNELS, "activations_range_estimator_params": _MIN_MAX},
        "corrects each bias by what this CPU's INT8 kernels give, with ranges that clip nothing",
    ),
    Recipe("kernel-bias", _BY_KERNELS, "corrects each bias by what this CPU's INT8 kernels give"),
)

THOROUGH: tuple[Recipe, ...] = (
    *RECIPES,
    Recipe(
        "accurate-bias",
        {"fast_bias_correction": False},
        "corrects each bias with the layers before it quantized",
    ),
    Recipe(
        "accurate-bias-min-max",
        {"fast_bias_correction": False, "activations_range_estimator_params": _MIN_MAX},
        "NNCF's correction with ranges that clip nothing",
    ),
    Recipe("min-max", {"activations_range_estimator_params": _MIN_MAX}, "ranges that clip nothing"),
    Recipe("mixed", {"preset": "mixed"}, "asymmetric ranges for activations that may be negative"),
    Recipe(
        "accurate-bias-7-bit",
        {"fast_bias_correction": False, "overflow_fix": "enable"},
        "weights at 7 bits, against saturation on CPUs without VNNI",
    ),
)


def worth_trying(
    settings: Quantization, effort: Literal["default", "auto", "thorough"]
) -> tuple[Recipe, ...]:
    """Recipes that change something the user has not pinned, cheapest cure first."""
    pinned = settings.model_fields_set
    listed = {"default": (), "auto": RECIPES, "thorough": THOROUGH}[effort]
    return tuple(recipe for recipe in listed if not pinned.intersection(recipe.changes))


def applied(settings: Quantization, recipe: Recipe) -> Quantization:
    """The settings with a recipe's changes; what the user pinned stays."""
    changes: dict[str, Any] = {
        name: value
        for name, value in recipe.changes.items()
        if name not in settings.model_fields_set
    }
    return settings.model_copy(update=changes)
