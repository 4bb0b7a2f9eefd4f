from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from calibrate.core.verdict import Interval
from calibrate.errors import CalibrateError
from calibrate.stats.intervals import mean_drop, paired_drop, standard_error
from calibrate.stats.small_samples import half_width, unseen_share
from calibrate.stats.tango import flip_interval


@dataclass(frozen=True)
class Mean:
    higher_is_better: bool = True
    is_mean: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    unit: str = "fraction"
    reference: str = "annotation"
    label: str = "toy"

    def score(self, prediction, target, facts):
        raise AssertionError("intervals are of evidence that is there")

    def aggregate(self, evidence, counts):
        return counts @ np.array([entry[0] for entry in evidence]) / counts.sum(axis=1)


@dataclass(frozen=True)
class Pooled(Mean):
    """True positives over objects, of the whole set."""

    is_mean: bool = False

    def aggregate(self, evidence, counts):
        result = counts @ np.array([entry["found"] for entry in evidence])
        objects = counts @ np.array([entry["objects"] for entry in evidence])
        return np.divide(result, objects, out=np.full(len(counts), np.nan), where=objects > 0)


def column(values):
    return [np.array([value], dtype=np.float64) for value in values]


def pooled(found, objects) -> list[Mapping[str, np.ndarray]]:
    return [
        {"found": np.float64(entry), "objects": np.float64(other)}
        for entry, other in zip(found, objects, strict=True)
    ]


def drop(metric, fp32, int8, confidence=0.95):
    return paired_drop(metric, fp32, int8, confidence=confidence, seed=0)


def test_accuracy_gets_the_score_interval_of_its_flips():
    fp32 = column([1] * 80 + [0] * 20)
    int8 = column([0] * 5 + [1] * 75 + [1] * 2 + [0] * 18)
    result = drop(Mean(), fp32, int8)
    assert result.estimate == pytest.approx(0.03)
    assert (result.low, result.high) == flip_interval(5, 2, 100, confidence=0.95)
    assert (result.method, result.images, result.confidence) == ("Tango score", 100, 0.95)


def test_accuracy_without_flips_is_not_certain():
    result = drop(Mean(), column([1, 0] * 50), column([1, 0] * 50))
    assert result.estimate == 0
    assert result.low == pytest.approx(-0.037, abs=1e-3)
    assert result.high == pytest.approx(0.037, abs=1e-3)


def test_other_means_get_the_widened_t():
    fp32, int8 = np.linspace(0.2, 0.9, 40), np.linspace(0.1, 0.95, 40)
    result = drop(Mean(), column(fp32), column(int8))
    half = half_width(fp32 - int8, confidence=0.95)
    assert result.method == "paired t, widened"
    assert result.estimate == pytest.approx((fp32 - int8).mean())
    assert result.high - result.estimate == pytest.approx(half)
    assert result.estimate - result.low == pytest.approx(half)


def test_where_lower_is_better_a_rise_is_a_drop():
    error = Mean(higher_is_better=False, bounds=(0.0, np.inf))
    assert drop(error, column([1.0, 2.0]), column([1.5, 2.25])).estimate == pytest.approx(0.375)


@pytest.mark.parametrize(
    ("bounds", "scores", "reach"),
    [((0.0, 1.0), [0.25, 0.5], 1.0), ((0.0, np.inf), [20.0, 32.0], 12.0)],
)
def test_scores_of_which_none_changed(bounds, scores, reach):
    result = drop(Mean(bounds=bounds), column(scores * 50), column(scores * 50))
    assert result.method == "no image changed"
    assert result.high == pytest.approx(reach * unseen_share(100, confidence=0.95))
    assert result.low == -result.high


def test_scores_that_never_differ_say_nothing():
    result = drop(Mean(bounds=(0.0, np.inf)), column([3.0] * 9), column([3.0] * 9))
    assert (result.low, result.high) == (-np.inf, np.inf)


def test_one_image_gives_the_bounds():
    result = drop(Mean(), column([0.5]), column([0.25]))
    assert (result.estimate, result.low, result.high) == (0.25, -1.0, 1.0)


def test_pooled_metrics_get_the_bootstrap():
    objects = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3] * 10)
    fp32, int8 = objects.copy(), objects - (np.arange(100) % 4 == 0)
    result = drop(Pooled(), pooled(fp32, objects), pooled(int8, objects))
    assert result.method == "paired bootstrap t"
    assert result.estimate == pytest.approx(25 / 390)
    assert 0 < result.low < result.estimate < result.high < 0.15


def test_pooled_metrics_without_change_are_not_certain():
    objects = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3] * 10)
    same = pooled(objects - (objects > 4), objects)
    result = drop(Pooled(), same, same)
    assert result.estimate == 0
    assert 0 < result.high < 0.1


def test_more_confidence_is_wider():
    fp32, int8 = column(np.linspace(0.2, 0.9, 40)), column(np.linspace(0.1, 0.95, 40))
    assert drop(Mean(), fp32, int8, 0.99).high > drop(Mean(), fp32, int8, 0.9).high


def test_doubling_the_images_narrows_as_it_should():
    draws = np.random.default_rng(0)
    fp32, int8 = draws.random(400), draws.random(400)
    entry = mean_drop(Mean(), fp32, int8, confidence=0.95)
    two = mean_drop(Mean(), np.tile(fp32, 4), np.tile(int8, 4), confidence=0.95)
    ratio = (entry.high - entry.low) / (two.high - two.low)
    assert two.estimate == pytest.approx(entry.estimate)
    assert ratio == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize(("make", "close"), [(Mean, 1e-9), (Pooled, 0.01)])
def test_the_order_of_the_images_does_not_matter(make, close):
    draws = np.random.default_rng(0)
    objects = draws.integers(1, 5, 60)
    fp32, int8 = draws.binomial(objects, 0.9), draws.binomial(objects, 0.8)
    order = draws.permutation(60)

    def evidence(found):
        return pooled(found, objects) if make is Pooled else column(found / objects)

    first, second = evidence(fp32), evidence(int8)
    straight = drop(make(), first, second)
    shuffled = drop(make(), [first[i] for i in order], [second[i] for i in order])
    assert shuffled.low == pytest.approx(straight.low, abs=close)
    assert shuffled.high == pytest.approx(straight.high, abs=close)


@pytest.mark.parametrize(
    ("metric", "fp32", "int8", "message"),
    [
        (Mean(), [], [], "toy has no images to be judged on; add acceptance samples"),
        (Mean(), column([1]), column([1, 0]), "toy has 1 images for FP32 and 2 for INT8"),
        (Mean(), column([1, 1]), column([1, np.nan]), "not a finite number on 1 of 2 images"),
        (Pooled(), pooled([0], [0]), pooled([0], [0]), "toy has no value on these 1 images"),
    ],
)
def test_what_cannot_be_judged(metric, fp32, int8, message):
    with pytest.raises(CalibrateError) as raised:
        drop(metric, fp32, int8)
    assert message in str(raised.value)


def test_the_standard_error_is_what_the_width_is_of():
    # Of 4 images, t(3) at 95 % is 3.182.
    assert standard_error(Interval(0.0, -3.182, 3.182, 0.95, "t", 4)) == pytest.approx(1, rel=1e-3)
    assert standard_error(Interval(0.0, -1.0, float("inf"), 0.95, "t", 4)) == float("inf")
    assert standard_error(Interval(0.0, -1.0, 1.0, 0.95, "t", 1)) == float("inf")
