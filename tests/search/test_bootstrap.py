import numpy as np
import pytest

from calibrate.search.jackknife import MOST_SETS, jackknife_half_width
from calibrate.search.spread import half_width, unseen_share


def mean_of(values):
    return lambda counts: counts @ values / counts.sum(axis=1)


def ratio_of(numerator, denominator):
    def ratio(counts):
        below = counts @ denominator
        return np.divide(
            counts @ numerator, below, out=np.full(len(counts), np.nan), where=below > 0
        )

    return ratio


def test_for_a_mean_it_is_the_interval_of_the_mean():
    changes = np.random.default_rng(0).normal(size=150)
    found = jackknife_half_width(mean_of(changes), mean_of(changes), 150, confidence=0.95, seed=0)
    assert found == pytest.approx(half_width(changes, confidence=0.95))


def test_where_no_image_changes_the_width_is_that_of_images_lost():
    same, quality = np.zeros(50), np.linspace(0, 1, 50)
    found = jackknife_half_width(mean_of(same), mean_of(quality), 50, confidence=0.95, seed=0)
    # Without the best or the worst image the mean moves by (1 - 0.5) / 49.
    assert found == pytest.approx(0.5 / 49 * 50 * unseen_share(50, confidence=0.95))


def test_nothing_can_be_said_without_any_influence():
    same = mean_of(np.zeros(50))
    assert jackknife_half_width(same, same, 50, confidence=0.95, seed=0) == np.inf


def test_nothing_can_be_said_if_one_image_alone_holds_the_value():
    objects = np.zeros(50)
    objects[7] = 3.0
    found = ratio_of(objects * 0.5, objects)
    assert jackknife_half_width(found, found, 50, confidence=0.95, seed=0) == np.inf


def test_many_images_are_left_out_in_groups():
    images = 3 * MOST_SETS + 17
    changes = np.random.default_rng(0).normal(0.2, 1, images)
    sets = []

    def drops(counts):
        sets.append(counts)
        return mean_of(changes)(counts)

    found = jackknife_half_width(drops, mean_of(changes), images, confidence=0.95, seed=3)
    left_out = (np.concatenate(sets[1:]) == 0).sum(axis=1)
    assert set(left_out) == {3, 4}
    assert found == pytest.approx(half_width(changes, confidence=0.95), rel=0.1)
    again = jackknife_half_width(drops, mean_of(changes), images, confidence=0.95, seed=3)
    assert found == again


def unions(draws, images, classes=6):
    """Areas of images for a mean IoU over the whole set, FP32 and INT8."""
    present = draws.random((images, classes)) < np.linspace(0.7, 0.2, classes)
    size = draws.gamma(2, 1, (images, classes)) * present
    overlap = size * draws.beta(4, 1.2, (images, classes))
    union = size * (1 + 0.3 * draws.random((images, classes)))
    damage = draws.normal(0.02, 0.04, (images, classes)) + draws.exponential(0.02, (images, 1))
    return overlap, union, overlap * (1 - damage), union * (1 + 0.3 * damage)


def mean_iou(overlap, union):
    return lambda counts: np.mean((counts @ overlap) / (counts @ union), axis=1)


@pytest.mark.parametrize(
    ("images", "repeats"), [(200, 600), pytest.param(500, 2000, marks=pytest.mark.slow)]
)
def test_coverage_of_mean_iou(images, repeats):
    draws = np.random.default_rng(2)
    everything = unions(draws, 20_000)
    whole = np.ones((1, 20_000), dtype=np.int64)
    truth = (mean_iou(*everything[:2])(whole) - mean_iou(*everything[2:])(whole))[0]
    inside = 0
    for _ in range(repeats):
        drawn = draws.integers(20_000, size=images)
        parts = [areas[drawn] for areas in everything]
        fp32, int8 = mean_iou(*parts[:2]), mean_iou(*parts[2:])

        def drops(counts, fp32=fp32, int8=int8):
            return fp32(counts) - int8(counts)

        estimate = drops(np.ones((1, images), dtype=np.int64))[0]
        half = jackknife_half_width(drops, fp32, images, confidence=0.95, seed=0)
        inside += abs(estimate - truth) <= half
    assert 0.93 <= inside / repeats <= 0.98
