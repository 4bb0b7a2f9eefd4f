"""`pearson` against scipy, also on resampled sets."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from calibrate.core.annotation import ValueTarget
from calibrate.core.predictions.values import Values
from calibrate.metrics.pearson import Pearson
from tests.metrics.reference import draws, evidence_of


def test_against_scipy():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(50, 2)).astype(np.float32)
    said = (truth + rng.normal(size=(50, 2))).astype(np.float32)
    metric = Pearson()
    pairs = [(Values(mine), ValueTarget(true)) for mine, true in zip(said, truth, strict=True)]
    counts = draws(50)
    values = metric.aggregate(evidence_of(metric, pairs), counts)
    for value, drawn in zip(values, counts, strict=True):
        expected = [
            pearsonr(np.repeat(said[:, k], drawn), np.repeat(truth[:, k], drawn))[0] for k in (0, 1)
        ]
        assert value == pytest.approx(np.mean(expected), abs=1e-6)


def test_numbers_that_do_not_vary_have_no_correlation():
    ones = np.ones(1, np.float32)
    pairs = [(Values(ones), ValueTarget(number * ones)) for number in (1, 2)]
    metric = Pearson()
    assert np.isnan(metric.aggregate(evidence_of(metric, pairs), np.ones((1, 2), np.int64)))[0]
