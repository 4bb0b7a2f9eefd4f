import pytest

from calibrate.config.quantization import Quantization
from calibrate.quantization.recipes import RECIPES, THOROUGH, applied, worth_trying

ACCURATE_BIAS = next(recipe for recipe in THOROUGH if recipe.name == "accurate-bias")


@pytest.mark.parametrize(
    ("settings", "effort", "names"),
    [
        ({}, "default", []),
        ({}, "auto", [recipe.name for recipe in RECIPES]),
        ({}, "thorough", [recipe.name for recipe in THOROUGH]),
        # What the user pinned is not tried again in another way.
        ({"fast_bias_correction": True}, "auto", []),
        ({"preset": "performance"}, "auto", [recipe.name for recipe in RECIPES]),
        ({"activations_range_estimator_params": {}}, "auto", ["kernel-bias"]),
        ({"disable_bias_correction": False}, "auto", []),
    ],
)
def test_worth_trying(settings, effort, names):
    found = worth_trying(Quantization.model_validate(settings), effort)
    assert [recipe.name for recipe in found] == names


def test_a_recipe_changes_what_is_not_pinned():
    settings = Quantization(subset_size=7)
    changed = applied(settings, ACCURATE_BIAS)
    assert (changed.fast_bias_correction, changed.subset_size) == (False, 7)
    assert settings.fast_bias_correction is None
    pinned = Quantization(fast_bias_correction=True)
    assert applied(pinned, ACCURATE_BIAS).fast_bias_correction is True


@pytest.mark.parametrize("recipe", THOROUGH, ids=lambda recipe: recipe.name)
def test_recipes_name_settings_that_exist_and_say_why(recipe):
    assert set(recipe.changes) <= set(Quantization.model_fields)
    assert recipe.reason
    assert isinstance(applied(Quantization(), recipe), Quantization)


def test_recipes_have_names_of_their_own():
    assert len({recipe.name for recipe in THOROUGH}) == len(THOROUGH)
