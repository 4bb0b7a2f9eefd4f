import numpy as np
import pytest

from calibrate.stats.drop_estimator import (
    Slope,
    calibrated_estimate,
    combined,
    combined_estimate,
    pooled_slope,
)


def calibrated_estimates(
    drops: list[np.ndarray], expected: list[np.ndarray]
) -> list[tuple[float, float]]:
    slope = pooled_slope(drops, expected)
    return [calibrated_estimate(one, slope) for one in expected]


def images(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def test_literal_numbers():
    # Four images, two flips lost of which FP32 expected 0.5 each.
    (found,) = calibrated_estimates([images(1, 1, 0, 0)], [images(0.5, 0.5, 0, 0)])
    # spread = max(0.25, 1/4); weight = 0.25 / 0.5 ** 2 = 1; slope = (1 + 1) / (0.5 + 1).
    slope = 4 / 3
    # information = 0.5 / 1 / 0.25 + 1 / 0.25 = 6; variance of the mean = (1/12) / 4.
    error = (slope**2 / 48 + 0.25**2 / 6) ** 0.5
    assert found == pytest.approx((slope * 0.25, error))


def test_no_flip_is_no_drop_and_the_slope_stays_at_face_value():
    unchanged = images(*[0.0] * 50)
    assert calibrated_estimates([unchanged], [unchanged]) == [(0.0, 0.0)]


def test_one_slope_serves_all_trials():
    drops = [images(1, 0, 0, 0), images(1, 1, 1, 0)]
    expected = [images(0.5, 0, 0, 0), images(0.5, 0.5, 0.5, 0)]
    (few, _), (many, _) = calibrated_estimates(drops, expected)
    assert many == pytest.approx(3 * few)
    assert few > 0.125  # flips cost more than FP32 said, and labels have a say


def test_a_trial_that_is_listed_twice_makes_the_slope_no_surer():
    drops, expected = images(1, 1, 0, 0), images(0.5, 0.5, 0, 0)
    get_or_compute = calibrated_estimates([drops], [expected])[0]
    twice = calibrated_estimates([drops] * 2, [expected] * 2)
    assert twice[0] == twice[1]
    assert twice[0][1] >= get_or_compute[1] * 0.99


def test_one_image_says_nothing_of_its_error():
    ((_, error),) = calibrated_estimates([images(1.0)], [images(0.5)])
    assert error == float("inf")


def test_labels_that_like_int8_by_luck_do_not_turn_the_slope():
    assert pooled_slope([images(-1, -1, -1, 0)], [images(0.9, 0.9, 0.9, 0)]).value == 0.0


def test_where_little_is_expected_counting_hardly_moves_the_estimate():
    drops, expected = np.zeros(200), np.zeros(200)
    drops[:3], expected[:3] = 1, 0.05
    estimate, _ = combined_estimate(drops, expected, Slope(1.0, 0.1))
    assert 0.00075 <= estimate < 0.002  # 0.00075 was expected, 0.015 counted


def test_where_much_is_expected_counting_decides():
    drops, expected = np.zeros(200), np.zeros(200)
    drops[:60], expected[:40] = 1, 0.5
    estimate, _ = combined_estimate(drops, expected, Slope(1.0, 0.1))
    assert estimate == pytest.approx(0.3, abs=0.07)


def test_the_estimate_lies_between_what_is_counted_and_what_is_expected():
    rng = np.random.default_rng(1)
    for _ in range(50):
        drops = rng.integers(-1, 2, 100).astype(float)
        expected = rng.random(100) * (drops != 0)
        estimate, error = combined_estimate(drops, expected, Slope(1.0, 0.2))
        low, high = sorted([drops.mean(), expected.mean()])
        assert low <= estimate <= high
        assert error > 0


@pytest.mark.parametrize(
    ("counted", "expected", "found"),
    [
        ((0.04, 0.01), (0.02, 0.01), (0.03, 0.01 / 2**0.5)),
        # What has no error of its own is believed.
        ((0.04, 0.0), (0.02, 0.01), (0.04, 0.0)),
        # An interval without an end says nothing.
        ((0.04, float("inf")), (0.02, 0.01), (0.02, 0.0)),
        ((0.04, 0.0), (0.0, 0.0), (0.04, 0.0)),
        # Nothing is expected.
        ((0.04, 0.01), (0.02, float("inf")), (0.04, 0.01)),
    ],
)
def test_what_is_surer_weighs_more(counted, expected, found):
    assert combined(counted, expected) == pytest.approx(found)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_same_flips_again_leave_the_slope_where_it_was(count):
    drops, expected = images(*[1, 1] + [0] * 98), images(*[0.1, 0.1] + [0] * 98)
    one, many = pooled_slope([drops], [expected]), pooled_slope([drops] * count, [expected] * count)
    assert (many.value, many.error) == pytest.approx((one.value, one.error))
