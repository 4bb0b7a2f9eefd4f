import numpy as np
import pytest

from calibrate.search.control import (
    calibrated_drop,
    expected_drops,
    fit_slope,
    prediction_powered,
)


def test_expected_drops():
    fp32 = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25], [0.1, 0.1, 0.8]], dtype=np.float32)
    int8 = np.array([[0.6, 0.3, 0.1], [0.3, 0.4, 0.30], [0.5, 0.1, 0.4]], dtype=np.float32)
    assert expected_drops(fp32, int8) == pytest.approx([0.0, 0.05, 0.7])
    assert expected_drops(fp32, fp32).tolist() == [0.0, 0.0, 0.0]


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


# The expectation may be worth nothing: the interval holds all the same.
@pytest.mark.parametrize("slope", [0.0, 1.0, 1.9])
def test_prediction_powered_is_unbiased_and_covers(slope):
    draws = np.random.default_rng(1)
    truth = 0.08 * slope * 0.25
    inside, estimates = 0, []
    for _ in range(1000):
        drops, expected = flips(draws, 200, slope)
        found = prediction_powered(drops, expected, flips(draws, 1000, slope)[1], confidence=0.95)
        inside += found.low <= truth <= found.high
        estimates.append(found.estimate)
    assert 0.93 <= inside / 1000 <= 0.985
    error = np.std(estimates) / np.sqrt(1000)
    assert abs(np.mean(estimates) - truth) < 4 * error


def test_other_images_narrow_the_interval_when_the_expectation_is_good():
    draws = np.random.default_rng(4)
    drops, expected = flips(draws, 2000, 1.9, rate=0.3)
    good = prediction_powered(drops, expected, flips(draws, 20_000, rate=0.3)[1], confidence=0.95)
    none = prediction_powered(drops, expected * 0, np.zeros(20_000), confidence=0.95)
    assert good.high - good.low < 0.97 * (none.high - none.low)
    assert none.estimate == pytest.approx(drops.mean())
    assert (good.method, good.images, good.confidence) == ("prediction-powered", 2000, 0.95)


def test_without_flips_the_interval_has_a_width():
    found = prediction_powered(np.zeros(100), np.zeros(100), np.zeros(50), confidence=0.95)
    assert found.estimate == 0
    assert 0.01 < found.high < 0.03


@pytest.mark.parametrize("images", [10, 11, 13])
def test_parts_of_unequal_size_leave_it_unbiased(images):
    # With the same expectation everywhere, what is taken off is put back exactly.
    drops = np.resize([1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0], images)
    same = np.full(images, 0.3)
    found = prediction_powered(drops, same, np.full(40, 0.3), confidence=0.95)
    assert found.estimate == pytest.approx(drops.mean())
