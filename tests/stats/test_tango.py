import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import multinomial, norm

from calibrate.stats.tango import flip_interval


@cache
def interval(lost: int, gained: int, images: int) -> tuple[float, float]:
    return flip_interval(lost, gained, images, confidence=0.95)


def score(lost, gained, images, drop):
    """Tango's statistic with the likelihood maximized by a search instead of by the formula."""

    def unlikelihood(gaining):
        losing, rest = gaining + drop, 1 - 2 * gaining - drop
        parts = [(lost, losing), (gained, gaining), (images - lost - gained, rest)]
        return -sum(count * math.log(max(share, 1e-300)) for count, share in parts if count)

    ends = (max(0.0, -drop), (1 - drop) / 2)
    result = minimize_scalar(unlikelihood, bounds=ends, method="bounded", options={"xatol": 1e-12})
    variance = images * (2 * result.x + drop - drop**2)
    return (lost - gained - images * drop) / math.sqrt(variance)


@pytest.mark.parametrize(
    ("lost", "gained", "images"),
    [(9, 3, 50), (1, 0, 100), (0, 2, 100), (13, 5, 500), (40, 12, 1000), (30, 10, 60)],
)
def test_ends_are_where_the_score_test_stops_rejecting(lost, gained, images):
    low, high = interval(lost, gained, images)
    assert score(lost, gained, images, low) == pytest.approx(norm.ppf(0.975), abs=2e-3)
    assert score(lost, gained, images, high) == pytest.approx(-norm.ppf(0.975), abs=2e-3)


@pytest.mark.parametrize("images", [1, 10, 100, 1000])
def test_without_flips_the_interval_has_a_width(images):
    square = norm.ppf(0.975) ** 2
    expected = square / (images + square)
    assert interval(0, 0, images) == pytest.approx((-expected, expected))


@pytest.mark.parametrize(
    ("lost", "gained", "images", "low", "high"), [(10, 0, 10, None, 1), (0, 10, 10, -1, None)]
)
def test_ends_stay_within_minus_one_and_one(lost, gained, images, low, high):
    result = interval(lost, gained, images)
    assert result[0] == low or -1 < result[0] < 1
    assert result[1] == high or -1 < result[1] < 1


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 400))
def test_mirrored_flips_mirror_the_interval(lost, gained, agreeing):
    images = lost + gained + agreeing
    if images == 0:
        return
    low, high = interval(lost, gained, images)
    assert interval(gained, lost, images) == pytest.approx((-high, -low), abs=1e-9)
    assert low <= (lost - gained) / images <= high
    assert low < high


def coverage(images: int, flips: float, share_lost: float) -> tuple[float, float]:
    """Exactly, by enumeration: how often the truth is inside, and how often it is above."""
    rates = [flips * share_lost, flips * (1 - share_lost), 1 - flips]
    truth = rates[0] - rates[1]
    most = math.ceil(images * flips + 6 * math.sqrt(images * flips) + 4)
    counts = np.array([(b, c, images - b - c) for b in range(most) for c in range(most)])
    chances = multinomial.pmf(counts, images, rates)
    likely = chances > 1e-6
    inside = above = 0.0
    for (lost, gained, _), chance in zip(counts[likely], chances[likely], strict=True):
        low, high = interval(int(lost), int(gained), images)
        inside += chance * (low <= truth <= high)
        above += chance * (truth > high)
    return inside, above


# With fewer than four flips expected no interval can cover 95 % of the time: counts are too
# coarse, and the honest side of that is to cover more.
@pytest.mark.parametrize("share_lost", [0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize(
    ("images", "flips", "most"),
    [(100, 0.005, 1), (100, 0.05, 0.97), (200, 0.01, 1), (200, 0.03, 0.97), (500, 0.01, 0.97)],
)
def test_coverage(images, flips, share_lost, most):
    inside, above = coverage(images, flips, share_lost)
    assert 0.93 <= inside <= most
    assert above <= 0.028


@pytest.mark.slow
@pytest.mark.parametrize("share_lost", [0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("flips", [0.005, 0.01, 0.02, 0.03, 0.05])
@pytest.mark.parametrize("images", [100, 200, 500, 1000])
def test_coverage_at_all_sizes(images, flips, share_lost):
    inside, above = coverage(images, flips, share_lost)
    assert 0.93 <= inside <= (0.972 if images * flips >= 4 else 1)
    assert above <= 0.028


def test_draws_of_two_models_on_images_are_covered():
    draws = np.random.default_rng(0)
    fp32_right, lost, gained = 0.8, 0.03, 0.05  # of the images that are right, or wrong
    truth = fp32_right * lost - (1 - fp32_right) * gained
    covered = 0
    for _ in range(2000):
        right = draws.random(500) < fp32_right
        flips = draws.random(500)
        counts = int((right & (flips < lost)).sum()), int((~right & (flips < gained)).sum())
        low, high = interval(*counts, 500)
        covered += low <= truth <= high
    assert 0.93 <= covered / 2000 <= 0.97
