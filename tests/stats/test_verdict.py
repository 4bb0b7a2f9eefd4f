import math

import pytest

from calibrate.core.verdict import Interval
from calibrate.errors import CalibrateError
from calibrate.stats.tango import flip_interval
from calibrate.stats.verdict import (
    absolute_budget,
    confidence_per_look,
    images_to_decide,
    judge,
    judge_floating_point,
)


def interval(low, estimate, high, images=100):
    return Interval(estimate, low, high, 0.95, "by hand", images)


@pytest.mark.parametrize(
    ("drop", "result", "by_estimate", "by_confidence"),
    [
        (interval(-0.010, 0.000, 0.004), "within", "proven", "proven"),
        (interval(-0.010, 0.002, 0.005), "within", "proven", "proven"),
        (interval(-0.010, 0.004, 0.020), "undecided", "accepted", "over"),
        (interval(-0.010, 0.005, 0.020), "undecided", "accepted", "over"),
        (interval(-0.010, 0.006, 0.020), "undecided", "over", "over"),
        (interval(0.005, 0.010, 0.020), "undecided", "over", "over"),
        (interval(0.006, 0.010, 0.020), "over", "over", "over"),
        (interval(-math.inf, 0.000, math.inf), "undecided", "accepted", "over"),
    ],
)
def test_judge_against_half_a_point(drop, result, by_estimate, by_confidence):
    estimate = judge("accuracy@1", drop, 0.005, "estimate")
    confident = judge("accuracy@1", drop, 0.005, "confident")
    assert (estimate.interval_result, confident.interval_result) == (result, result)
    assert (estimate.outcome, confident.outcome) == (by_estimate, by_confidence)
    assert (estimate.passed, confident.passed) == (by_estimate != "over", by_confidence != "over")
    assert (estimate.metric, estimate.max_drop, estimate.drop) == ("accuracy@1", 0.005, drop)


@pytest.mark.parametrize(
    ("drop", "estimate", "lower_bound", "outcome"),
    [
        (interval(-0.010, 0.008, 0.020), 0.002, 0.005, "accepted"),
        (interval(-0.010, 0.016, 0.039), 0.0016, 0.007, "over"),  # the count speaks against it
        (interval(-0.010, 0.000, 0.020), 0.006, -0.005, "over"),
        (interval(0.006, 0.016, 0.039), 0.001, -math.inf, "over"),  # whatever the estimate says
        (interval(-0.010, 0.000, 0.005), 0.006, -0.005, "proven"),
    ],
)
def test_the_estimate_passes_only_what_the_count_does_not_refuse(
    drop, estimate, lower_bound, outcome
):
    verdict = judge("m", drop, 0.005, "estimate", estimate=estimate, lower_bound=lower_bound)
    assert verdict.outcome == outcome
    assert (verdict.estimate, verdict.lower_bound) == (estimate, lower_bound)


def test_the_floating_point_model_drops_nothing_and_nothing_is_estimated():
    verdict = judge_floating_point("m", 0.005, 40)
    assert (verdict.outcome, verdict.passed, verdict.estimate) == ("floating_point", True, 0.0)
    assert (verdict.drop.low, verdict.drop.high, verdict.drop.images) == (0.0, 0.0, 40)
    assert verdict.drop.method == "floating-point model"


def test_a_drop_that_is_the_budget_but_for_rounding_passes():
    drop = 0.86 - 0.855
    assert drop > 0.005
    assert judge("a", interval(-1, drop, 1), 0.005, "estimate").passed


@pytest.mark.parametrize(
    ("drop", "images"),
    [
        (interval(-0.02, 0.00, 0.02), 400),  # twice as far as the budget: four times the images
        (interval(0.00, 0.03, 0.06), 225),  # over it: the lower end has to come up by a third
        (interval(-0.02, 0.01, 0.04), None),  # on it
        (interval(-math.inf, 0.0, math.inf), None),
    ],
)
def test_images_to_decide_a_point(drop, images):
    assert images_to_decide(drop, 0.01) == images


def test_that_many_images_do_decide():
    lost, gained, images = 4, 3, 200
    low, high = flip_interval(lost, gained, images, confidence=0.95)
    needed = images_to_decide(interval(low, 0.005, high, images), 0.02)
    scale = needed / images
    assert flip_interval(round(lost * scale), round(gained * scale), needed, confidence=0.95)[
        1
    ] == pytest.approx(0.02, abs=0.004)


def test_decided_verdicts_ask_for_no_images():
    assert judge("a", interval(0, 0.1, 0.2), 0.5, "confident").images_to_decide is None
    assert judge("a", interval(0, 0.1, 0.2), 0.15, "confident").images_to_decide == 400


@pytest.mark.parametrize(
    ("value", "max_drop", "drop_type", "budget"),
    [
        (0.8, 0.01, "absolute", 0.01),
        (0.0, 0.01, "absolute", 0.01),
        (0.8, 0.01, "relative", 0.008),
        (-4.0, 0.5, "relative", 2.0),
    ],
)
def test_absolute_budget(value, max_drop, drop_type, budget):
    assert absolute_budget(value, max_drop, drop_type) == pytest.approx(budget)


@pytest.mark.parametrize("value", [0.0, math.nan, math.inf])
def test_no_share_of_nothing(value):
    with pytest.raises(CalibrateError, match=r"budget\.drop_type: a relative drop is undefined"):
        absolute_budget(value, 0.01, "relative")


@pytest.mark.parametrize(("looks", "confidence"), [(1, 0.95), (2, 0.975), (5, 0.99)])
def test_each_look_is_paid_for(looks, confidence):
    assert confidence_per_look(0.95, looks) == pytest.approx(confidence)
