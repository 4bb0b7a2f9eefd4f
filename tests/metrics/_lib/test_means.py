"""Means and ratios of resampled sets."""

import numpy as np
import pytest

from calibrate.metrics._lib.means import mean_of_present, weighted_mean, weighted_ratio

COUNTS = np.array([[1, 1, 1], [2, 0, 1], [0, 0, 0]])


def test_weighted_mean():
    evidence = [np.array([value]) for value in (1.0, 2.0, 6.0)]
    assert weighted_mean(evidence, COUNTS) == pytest.approx([3, 8 / 3, np.nan], nan_ok=True)


def test_weighted_ratio():
    evidence = [np.array(pair) for pair in ((1.0, 2.0), (3.0, 3.0), (0.0, 5.0))]
    assert weighted_ratio(evidence, COUNTS) == pytest.approx([0.4, 2 / 9, np.nan], nan_ok=True)


def test_mean_of_present():
    values = np.array([[1.0, np.nan, 3.0], [1.0, 5.0, 3.0], [1.0, 1.0, 1.0]])
    present = np.array([[True, False, True], [False, True, True], [False] * 3])
    assert mean_of_present(values, present) == pytest.approx([2, 4, np.nan], nan_ok=True)
