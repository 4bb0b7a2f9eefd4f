import pytest

from calibrate.config.quantization import Quantization
from calibrate.quantization.ptq import Quantizer
from calibrate.quantization.recipe_selection import all_recipes
from calibrate.quantization.shared_passes import (
    Images,
    further_inferences,
    same_pass,
    same_ranges,
)

MIN_MAX = {
    "activations_range_estimator_params": {
        "min": {"statistics_type": "min", "aggregator_type": "min"},
        "max": {"statistics_type": "max", "aggregator_type": "max"},
    }
}


@pytest.mark.parametrize("recipe", all_recipes(), ids=lambda recipe: recipe.precision.name)
def test_further_inferences_are_those_of_the_quantizer(case, recipe):
    inferences, given = [], Quantization()
    settings, count = recipe.depends_on(given), len(case.feeds)
    quantizer = Quantizer(case.model, case.feeds, ahead=[settings], infers=inferences.append)
    quantizer.quantize(given)
    inferences.clear()
    images = Images(count, count - 1)
    quantizer.quantize(settings, images)
    assert sum(inferences) == further_inferences(settings, given, images)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, MIN_MAX, True),
        ({"fast_bias_correction": False}, MIN_MAX, True),
        ({}, {**MIN_MAX, "preset": "mixed"}, False),
    ],
)
def test_same_pass(one, other, expected):
    assert same_pass(Quantization(**one), Quantization(**other)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {"fast_bias_correction": False}, True),
        ({"disable_bias_correction": True}, {"bias_correction_params": {"threshold": 2.0}}, True),
        ({}, {"preset": "mixed"}, False),
        ({"overflow_fix": "enable"}, {"overflow_fix": "disable"}, False),
    ],
)
def test_same_ranges(one, other, expected):
    assert same_ranges(Quantization(**one), Quantization(**other)) is expected
