"""`mean_reciprocal_rank` on a few vectors; tests of `recall_at_k` hold it against plain loops."""

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.mean_reciprocal_rank import MeanReciprocalRank
from tests.metrics.reference import evidence_of

# Angles on a circle: the first two are of class 0, the others of class 1.
ANGLES = np.array([0.0, 0.1, 0.5, 1.2])
LABELS = (0, 0, 1, 1)


def test_value():
    vectors = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
    pairs = [(Embedding(v), ClassLabel(k)) for v, k in zip(vectors, LABELS, strict=True)]
    metric = MeanReciprocalRank()
    value = metric.aggregate(evidence_of(metric, pairs), np.ones((1, 4), np.int64))
    # The third finds the second, then the first, then its own.
    assert value == pytest.approx([(1 + 1 + 1 / 3 + 1) / 4])


def test_other_kinds_are_refused():
    with pytest.raises(CalibrateError, match="use the decoder embedding"):
        MeanReciprocalRank().score(Values(np.ones(2, np.float32)), ClassLabel(0), Facts("a"))
