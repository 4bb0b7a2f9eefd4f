"""`precision` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import precision_score

from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.metrics.precision import PrecisionScore
from tests.metrics.reference import draws, evidence_of

COUNT, CLASSES = 80, 5
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, CLASSES, COUNT)
SCORES = (RNG.random((COUNT, CLASSES)) + 0.4 * np.eye(CLASSES)[LABELS]).astype(np.float32)
PAIRS = [
    (ClassScores(row), ClassLabel(int(label))) for row, label in zip(SCORES, LABELS, strict=True)
]


FIELDS = [{"average": "macro"}, {"average": "micro"}, {"average": "weighted"}]


@pytest.mark.parametrize("fields", FIELDS)
def test_against_scikit_learn(fields):
    metric = PrecisionScore(**fields)
    counts = draws(COUNT)
    values = metric.aggregate(evidence_of(metric, PAIRS), counts)
    for value, drawn in zip(values, counts, strict=True):
        truth, said = np.repeat(LABELS, drawn), np.repeat(SCORES.argmax(1), drawn)
        expected = precision_score(truth, said, **fields)
        assert value == pytest.approx(expected, abs=1e-12)
