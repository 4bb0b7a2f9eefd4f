"""`spearman` against scipy, with ties and also on resampled sets."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from calibrate.core.annotation import ValueTarget
from calibrate.core.predictions.values import Values
from calibrate.metrics.spearman import Spearman
from tests.metrics.reference import draws, evidence_of


def test_against_scipy():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 6, 50).astype(np.float32)  # many equal numbers
    said = (truth + 2 * rng.normal(size=50)).round(1).astype(np.float32)
    metric = Spearman()
    rows = zip(said, truth, strict=True)
    pairs = [(Values(mine[None]), ValueTarget(true[None])) for mine, true in rows]
    counts = draws(50)
    values = metric.aggregate(evidence_of(metric, pairs), counts)
    for value, drawn in zip(values, counts, strict=True):
        expected = spearmanr(np.repeat(said, drawn), np.repeat(truth, drawn))[0]
        assert value == pytest.approx(expected, abs=1e-12)
