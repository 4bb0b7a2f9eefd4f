"""`r2_score` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import r2_score

from calibrate.core.annotation import ValueTarget
from calibrate.core.predictions.values import Values
from calibrate.metrics.r2_score import R2Score
from tests.metrics.reference import draws, evidence_of


def test_against_scikit_learn():
    rng = np.random.default_rng(0)
    truth = (1000 + rng.normal(size=(40, 3))).astype(np.float32)
    said = (truth + 0.5 * rng.normal(size=(40, 3))).astype(np.float32)
    metric = R2Score()
    pairs = [(Values(mine), ValueTarget(true)) for mine, true in zip(said, truth, strict=True)]
    counts = draws(40)
    values = metric.aggregate(evidence_of(metric, pairs), counts)
    for value, drawn in zip(values, counts, strict=True):
        expected = r2_score(
            np.repeat(truth, drawn, axis=0).astype(float), np.repeat(said, drawn, axis=0)
        )
        assert value == pytest.approx(expected, rel=1e-9)
