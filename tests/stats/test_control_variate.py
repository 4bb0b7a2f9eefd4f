import numpy as np
import pytest

from calibrate.stats.control_variate import (
    calibrated_drop,
    fit_slope,
)


def flips(draws, images, slope=1.0, rate=0.08):
    """Labelled and expected drops of images of which some flip; the truth is rate * slope / 4."""
    chance = draws.uniform(0, 0.5, images)
    expected = np.where(draws.random(images) < rate, chance, 0.0)
    up = draws.random(images)
    drops = np.where(up < (1 + slope * expected) / 2, 1.0, -1.0)
    return np.where(expected > 0, drops, 0.0), expected


@pytest.mark.parametrize("slope", [0.5, 1.0, 1.6])
def test_the_slope_is_found_from_many_flips(slope):
    drops, expected = flips(np.random.default_rng(0), 200_000, slope, rate=0.5)
    assert fit_slope(drops, expected) == pytest.approx(slope, abs=0.05)


def test_the_slope_stays_where_it_was_believed_without_flips():
    assert fit_slope(np.zeros(100), np.zeros(100)) == 1.0
    assert fit_slope(np.zeros(100), np.zeros(100), prior=1.5) == 1.5
    one = np.zeros(100)
    one[3] = 1.0
    assert 1.0 < fit_slope(one, one * 0.01, prior=1.0) < 1.5


def test_calibrated_drop():
    assert calibrated_drop(np.array([0.0, 0.0, 0.3, 0.1]), 1.5) == pytest.approx(0.15)


def test_calibrated_drop_errs_less_than_counting():
    draws = np.random.default_rng(1)
    truth = 0.08 * 1.5 * 0.25
    counted, predicted = [], []
    for _ in range(500):
        drops, expected = flips(draws, 200, 1.5)
        counted.append(drops.mean() - truth)
        predicted.append(calibrated_drop(expected, fit_slope(drops, expected)) - truth)
    assert np.sqrt(np.mean(np.square(predicted))) < 0.75 * np.sqrt(np.mean(np.square(counted)))
