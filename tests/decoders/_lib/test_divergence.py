"""Distances between outputs, against scipy and exact arithmetic."""

from fractions import Fraction
from math import log

import numpy as np
import pytest
from scipy.special import log_softmax as log_softmax_of_scipy
from scipy.special import rel_entr

from calibrate.decoders._lib.divergence import (
    kl_divergence,
    log_of,
    log_softmax,
    normalized_squared_error,
    sampled,
    spaced_grid,
)


def test_kl_is_that_of_scipy():
    generator = np.random.default_rng(0)
    for _ in range(20):
        p, q = (generator.dirichlet(np.ones(50)) for _ in range(2))
        assert kl_divergence(np.log(p), np.log(q)) == pytest.approx(rel_entr(p, q).sum(), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 50.0, 1e30])
def test_log_softmax_is_that_of_scipy(scale):
    logits = scale * np.random.default_rng(0).normal(size=40)
    np.testing.assert_allclose(log_softmax(logits), log_softmax_of_scipy(logits), rtol=1e-13)


def test_kl_by_hand():
    p, q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert kl_divergence(np.log(p), np.log(q)) == pytest.approx(0.5 * log(2) + 0.5 * log(2 / 3))


def test_kl_of_close_distributions_keeps_its_digits():
    logits = np.linspace(-3, 3, 7)
    shift = 1e-9 * np.array([1, -1, 2, 0, 1, -2, 1.0])
    log_p, log_q = log_softmax_of_scipy(logits), log_softmax_of_scipy(logits + shift)
    p = np.exp(log_p)
    # To second order KL is half the variance of the shift under p.
    expected = 0.5 * (p @ shift**2 - (p @ shift) ** 2)
    assert kl_divergence(log_p, log_q) == pytest.approx(expected, rel=1e-3)
    assert kl_divergence(log_p, log_p) == 0.0


def test_zero_probability_is_finite():
    value = kl_divergence(log_of(np.array([1.0, 0.0])), log_of(np.array([0.0, 1.0])))
    assert 20 < value < 35


@pytest.mark.parametrize(
    ("reference", "values", "expected"),
    [
        ([3.0, 4.0], [3.0, 4.0], 0.0),
        ([3.0, 4.0], [0.0, 4.0], Fraction(9, 25)),
        ([0.0, 0.0], [1.0, 3.0], 5.0),
        ([0.0], [0.0], 0.0),
        ([], [], 0.0),
    ],
)
def test_normalized_squared_error(reference, values, expected):
    result = normalized_squared_error(np.array(reference, np.float32), np.array(values))
    assert result == pytest.approx(float(expected))


def test_integers_do_not_overflow():
    result = normalized_squared_error(np.array([200, 0], np.uint8), np.array([0, 200], np.uint8))
    assert result == pytest.approx(2.0)


@pytest.mark.parametrize(("size", "most"), [(10, 20), (1000, 100), (513 * 513 * 3, 65536)])
def test_sampled(size, most):
    values = np.arange(size)
    result = sampled(values, most)
    assert most / 2 <= len(result) <= most or len(result) == size
    assert not np.shares_memory(result, values)


@pytest.mark.parametrize(("shape", "side", "points"), [((64, 96), 8, (8, 8)), ((5, 3), 8, (5, 3))])
def test_grid(shape, side, points):
    assert np.zeros(shape)[spaced_grid(shape, side)].shape == points
