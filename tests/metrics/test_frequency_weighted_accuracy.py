"""`frequency_weighted_accuracy` against scikit-learn's Jaccard score of pixels."""

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.metrics.frequency_weighted_accuracy import FrequencyWeightedIou
from tests.metrics.reference import draws, evidence_of


def test_against_scikit_learn():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, (12, 6, 5))
    said = np.where(rng.random(truth.shape) < 0.4, rng.integers(0, 5, truth.shape), truth)
    pairs = [(ClassMap(a), MaskTarget(b, None)) for a, b in zip(said, truth, strict=True)]
    metric, counts = FrequencyWeightedIou(), draws(12)
    values = metric.aggregate(evidence_of(metric, pairs), counts)
    for value, drawn in zip(values, counts, strict=True):
        expected = jaccard_score(
            np.repeat(truth, drawn, axis=0).ravel(),
            np.repeat(said, drawn, axis=0).ravel(),
            average="weighted",
        )
        assert value == pytest.approx(expected, abs=1e-12)
