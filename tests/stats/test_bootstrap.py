import numpy as np
import pytest
from scipy.stats import t as student

from calibrate.stats import bootstrap
from calibrate.stats.bootstrap import SETS, bootstrap_half_width
from calibrate.stats.small_samples import unseen_share


def mean_of(values):
    return lambda counts: counts @ values / counts.sum(axis=1)


def ratio_of(numerator, denominator):
    def ratio(counts):
        below = counts @ denominator
        return np.divide(
            counts @ numerator, below, out=np.full(len(counts), np.nan), where=below > 0
        )

    return ratio


def test_for_a_mean_it_is_students_interval_but_for_the_draws():
    changes = np.random.default_rng(0).normal(size=150)
    result = bootstrap_half_width(mean_of(changes), mean_of(changes), 150, confidence=0.95, seed=0)
    expected = student.ppf(0.975, 149) * changes.std() / np.sqrt(150)
    assert result == pytest.approx(expected, rel=0.1)


def test_the_seed_decides_and_blocks_do_not(monkeypatch):
    drops = mean_of(np.random.default_rng(0).normal(size=150))
    entry = bootstrap_half_width(drops, drops, 150, confidence=0.95, seed=0)
    assert entry != bootstrap_half_width(drops, drops, 150, confidence=0.95, seed=1)
    monkeypatch.setattr(bootstrap, "_BLOCK", 1000)
    assert entry == pytest.approx(bootstrap_half_width(drops, drops, 150, confidence=0.95, seed=0))


def test_both_models_see_the_same_sets_of_the_right_size():
    calls = []

    def drops(counts):
        calls.append(counts)
        return counts @ np.arange(40.0) / 40

    bootstrap_half_width(drops, drops, 40, confidence=0.95, seed=0)
    counts = np.concatenate(calls)
    assert len(counts) == SETS + 1 + 40  # then all images, and all without each one
    assert set(counts[: SETS + 1].sum(axis=1)) == {40}
    assert set(counts[SETS + 1 :].sum(axis=1)) == {39}


def test_one_image_that_decides_widens_the_interval():
    """With one changed image, about as many more may be expected as a Poisson count of one says."""
    changes = np.zeros(100)
    changes[17] = 1.0
    half = bootstrap_half_width(mean_of(changes), mean_of(changes), 100, confidence=0.95, seed=0)
    assert 2.5 / 100 < half < 5.6 / 100


def test_more_images_than_sets_are_taken_in_blocks():
    changes = np.random.default_rng(0).normal(size=3 * SETS)
    calls = []

    def drops(counts):
        calls.append(len(counts))
        return mean_of(changes)(counts)

    half = bootstrap_half_width(drops, drops, len(changes), confidence=0.95, seed=0)
    assert sum(calls) == 2 * SETS + 1
    assert half == pytest.approx(1.96 * changes.std() / np.sqrt(len(changes)), rel=0.12)


def test_where_no_image_changes_the_width_is_that_of_unseen_changes():
    same, quality = np.zeros(50), np.linspace(0, 1, 50)
    result = bootstrap_half_width(mean_of(same), mean_of(quality), 50, confidence=0.95, seed=0)
    share = unseen_share(50, confidence=0.95)
    assert result == pytest.approx(2 * quality.std() * share, rel=0.1)


def test_nothing_can_be_said_where_images_do_not_differ():
    same = mean_of(np.zeros(50))
    assert bootstrap_half_width(same, same, 50, confidence=0.95, seed=0) == np.inf


@pytest.mark.parametrize(("holders", "known"), [(1, False), (3, False), (6, True)])
def test_sets_without_a_value_count_against_the_interval(holders, known):
    # With 3 of 50 images holding all objects, one set in twenty has none.
    objects = np.zeros(50)
    objects[:holders] = 3.0
    result = ratio_of(objects * np.linspace(0.2, 0.5, 50), objects)
    half = bootstrap_half_width(result, result, 50, confidence=0.95, seed=0)
    assert np.isfinite(half) == known


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
    ("images", "repeats", "least"),
    [(200, 300, 0.91), pytest.param(500, 2000, 0.93, marks=pytest.mark.slow)],
)
def test_coverage_of_mean_iou(images, repeats, least):
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
        half = bootstrap_half_width(drops, fp32, images, confidence=0.95, seed=0)
        inside += abs(estimate - truth) <= half
    assert least <= inside / repeats <= 0.97 + 0.93 - least
