import pytest

from calibrate import plugins
from calibrate.config.quantization import Quantization
from calibrate.quantization.recipe_selection import all_recipes, relevant_recipes

AUTO = ["kernel-bias-min-max", "kernel-bias"]
ALL = [
    *AUTO,
    "accurate-bias",
    "accurate-bias-min-max",
    "min-max",
    "mixed",
    "accurate-bias-7-bit",
]


@pytest.mark.parametrize(
    ("settings", "effort", "names"),
    [
        ({}, "default", []),
        ({}, "auto", AUTO),
        ({}, "thorough", ALL),
        # What the user set is not tried in another way.
        ({"fast_bias_correction": True}, "auto", []),
        ({"preset": "performance"}, "auto", AUTO),
        ({"activations_range_estimator_params": {}}, "auto", ["kernel-bias"]),
        ({"disable_bias_correction": False}, "auto", []),
    ],
)
def test_relevant_recipes(settings, effort, names):
    recipes = relevant_recipes(Quantization.model_validate(settings), effort)
    assert [recipe.precision.name for recipe in recipes] == names


def test_built_in_recipes_are_named_as_registered():
    assert [recipe.precision.name for recipe in all_recipes()][: len(ALL)] == list(plugins.RECIPES)
