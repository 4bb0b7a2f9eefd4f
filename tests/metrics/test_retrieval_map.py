"""`retrieval_map` on a few vectors; tests of `recall_at_k` hold it against plain loops."""

import numpy as np
import pytest
from sklearn.metrics import auc, precision_recall_curve

from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.retrieval_map import RetrievalMap
from tests.metrics.reference import evidence_of

# Angles on a circle: the first two are of class 0, the others of class 1.
ANGLES = np.array([0.0, 0.1, 0.5, 1.2])
LABELS = (0, 0, 1, 1)


def test_value():
    vectors = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
    pairs = [(Embedding(v), ClassLabel(k)) for v, k in zip(vectors, LABELS, strict=True)]
    metric = RetrievalMap()
    value = metric.aggregate(evidence_of(metric, pairs), np.ones((1, 4), np.int64))
    # One relevant sample a query, so the precision at its rank.
    assert value == pytest.approx([(1 + 1 + 1 / 3 + 1) / 4])


def test_other_kinds_are_refused():
    with pytest.raises(CalibrateError, match="use the decoder embedding"):
        RetrievalMap().score(Values(np.ones(2, np.float32)), ClassLabel(0), Facts("a"))


def test_interpolated_equals_scikit_learn():
    random = np.random.default_rng(5)
    vectors = random.normal(size=(30, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = random.integers(0, 4, 30)
    pairs = [(Embedding(v), ClassLabel(int(k))) for v, k in zip(vectors, labels, strict=True)]
    metric = RetrievalMap(interpolated=True)
    areas = []
    for query in range(30):
        others = np.arange(30) != query
        cosines = vectors[others].astype(np.float64) @ vectors[query].astype(np.float64)
        precision, recall, _ = precision_recall_curve(labels[others] == labels[query], cosines)
        areas.append(auc(recall, precision))
    value = metric.aggregate(evidence_of(metric, pairs), np.ones((1, 30), np.int64))
    assert value == pytest.approx([np.mean(areas)], abs=1e-12)
