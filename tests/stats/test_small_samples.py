import numpy as np
import pytest
from scipy.stats import t

from calibrate.stats.small_samples import half_width, unseen_share


def test_it_is_students_t_on_one_more_pair():
    values = np.array([0.0, 0.0, 1.0, 2.0])
    squares = 0.75**2 * 2 + 0.25**2 + 1.25**2 + 2**2
    assert half_width(values, confidence=0.9) == pytest.approx(
        t.ppf(0.95, 3) * np.sqrt(squares / (4 * 3))
    )


def test_scale_carries_over():
    values = np.random.default_rng(0).normal(size=50)
    assert half_width(7 * values, confidence=0.95) == pytest.approx(
        7 * half_width(values, confidence=0.95)
    )


@pytest.mark.parametrize(
    ("images", "confidence", "share"), [(1, 0.95, 0.975), (100, 0.95, 0.0362), (300, 0.9, 0.00994)]
)
def test_unseen_share(images, confidence, share):
    result = unseen_share(images, confidence=confidence)
    assert result == pytest.approx(share, rel=2e-3)
    assert (1 - result) ** images == pytest.approx((1 - confidence) / 2)


def normal(draws, shape):
    return draws.normal(0.1, 1.0, shape), 0.1


def skewed(draws, shape):
    return draws.exponential(1.0, shape) - 0.5, 0.5


def heavy(draws, shape):
    return draws.laplace(0.1, 1.0, shape), 0.1


def few(draws, shape):
    """One image in twenty changes, by -0.3 to 0.7."""
    return np.where(draws.random(shape) < 0.05, draws.uniform(-0.3, 0.7, shape), 0.0), 0.01


def few_in_noise(draws, shape):
    """All images change a little, one in twenty gets much worse."""
    noise = draws.normal(0, 0.02, shape)
    return noise + np.where(draws.random(shape) < 0.05, draws.uniform(0, 1, shape), 0.0), 0.025


def covered(make, images, count=2000):
    values, truth = make(np.random.default_rng(5), (count, images))
    return np.mean([abs(row.mean() - truth) <= half_width(row, confidence=0.95) for row in values])


@pytest.mark.parametrize(
    ("make", "images"),
    [(normal, 100), (skewed, 100), (heavy, 200), (few, 200), (few_in_noise, 200), (few, 500)],
)
def test_coverage_where_ten_images_change(make, images):
    assert 0.93 <= covered(make, images) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("make", [normal, skewed, heavy, few, few_in_noise])
@pytest.mark.parametrize("images", [200, 500, 1000])
def test_coverage_at_all_sizes(make, images):
    assert 0.93 <= covered(make, images) <= 0.97


def test_it_covers_better_than_students_t_where_few_images_change():
    values, truth = few(np.random.default_rng(5), (2000, 100))
    spread = t.ppf(0.975, 99) * values.std(axis=1, ddof=1) / 10
    plain = np.mean(np.abs(values.mean(axis=1) - truth) <= spread)
    assert plain < 0.88 < covered(few, 100)
