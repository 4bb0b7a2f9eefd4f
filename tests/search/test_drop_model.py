from math import inf

import pytest

from calibrate.core.evaluator import Trial
from calibrate.core.precision import Candidate
from calibrate.search.drop_model import DropModel, fit_drop_model


def trial(damage: float, drop: float, error: float, images: int = 100) -> Trial:
    return Trial(Candidate(()), damage, damage, (drop,), (error,), images)


@pytest.mark.parametrize(
    ("trials", "slope", "error"),
    [
        # Where nothing was damaged, or no error is known, nothing is known of the slope.
        ([], 0.0, inf),
        ([trial(0.0, 0.0, 0.0)], 0.0, inf),
        ([trial(0.1, 0.03, inf)], 0.0, inf),
        # One trial: the slope goes through it; error = 0.02 / 0.1.
        ([trial(0.1, 0.03, 0.02)], 0.3, 0.2),
        # No flip at all is known to one image in a hundred: error = 0.01 / 0.1.
        ([trial(0.1, 0.0, 0.0)], 0.0, 0.1),
        # (0.1 * 0.02 + 0.2 * 0.08) / (0.1 ** 2 + 0.2 ** 2), each with variance 0.01 ** 2.
        ([trial(0.1, 0.02, 0.01), trial(0.2, 0.08, 0.01)], 0.36, 0.01 / (0.05 / 2) ** 0.5),
        # A better INT8 model than FP32 is no sign that damage helps.
        ([trial(0.1, -0.03, 0.02)], 0.0, 0.2),
    ],
)
def test_the_slope_is_that_of_weighted_least_squares(trials, slope, error):
    result = fit_drop_model(trials, 0)
    assert (result.slope, result.error) == pytest.approx((slope, error))


def test_each_metric_has_its_own_response():
    both = Trial(Candidate(()), 0.1, 0.1, (0.01, 0.04), (0.01, 0.01), 100)
    assert (fit_drop_model([both], 0).slope, fit_drop_model([both], 1).slope) == pytest.approx(
        (0.1, 0.4)
    )


@pytest.mark.parametrize(
    ("response", "measured", "expected"),
    [
        # A drop measured without error is believed.
        (DropModel(0.3, 0.1), (0.1, 0.05, 0.0), (0.05, 0.0)),
        # Nothing is expected and nothing is unsure: what was measured stands.
        (DropModel(0.0, 0.0), (0.1, 0.0, 0.0), (0.0, 0.0)),
        # The response says 0.02 give or take 0.01, the flips 0.04 give or take 0.01.
        (DropModel(0.2, 0.0), (0.1, 0.04, 0.01), (0.03, 0.01 / 2**0.5)),
        # A response that knows nothing leaves a noisy drop to be doubted entirely.
        (DropModel(0.0, 0.0), (0.1, 0.04, 0.01), (0.0, 0.0)),
    ],
)
def test_a_drop_is_combined_by_precision(response, measured, expected):
    assert response.estimate(*measured) == pytest.approx(expected)


def test_the_drop_is_proportional_to_damage():
    assert DropModel(0.3, 0.1).drop(0.2) == pytest.approx(0.06)


def test_what_is_expected_may_be_off_by_half_and_by_its_slope():
    assert DropModel(0.3, 0.2).expected(0.1) == pytest.approx((0.03, (0.015**2 + 0.02**2) ** 0.5))


def test_what_is_unknown_changes_no_count():
    unknown = fit_drop_model([], 0)
    assert unknown.expected(0.3) == (0.0, inf)
    assert unknown.expected(0.0) == (0.0, inf)
    assert unknown.estimate(0.3, 0.02, 0.01) == (0.02, 0.01)
