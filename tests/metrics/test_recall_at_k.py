"""Retrieval metrics against plain loops and scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_curve

from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.embedding import Embedding
from calibrate.metrics.mean_reciprocal_rank import MeanReciprocalRank
from calibrate.metrics.recall_at_k import RecallAtK
from calibrate.metrics.retrieval_map import RetrievalMap
from calibrate.metrics.tar_at_far import TarAtFar
from tests.metrics.reference import draws, evidence_of

COUNT = 40
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 8, COUNT)
VECTORS = np.eye(8, 12)[LABELS] + 0.35 * RNG.normal(size=(COUNT, 12))
VECTORS = (VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)).astype(np.float32)
PAIRS = [(Embedding(v), ClassLabel(int(k))) for v, k in zip(VECTORS, LABELS, strict=True)]
COUNTS = draws(COUNT)


def queries(drawn):
    """For each query of a set its cosines with all other samples, and which are relevant."""
    indices = np.repeat(np.arange(COUNT), drawn)
    for query in indices:
        others = indices[indices != query]
        relevant = LABELS[others] == LABELS[query]
        if relevant.any():
            yield VECTORS[others].astype(float) @ VECTORS[query].astype(float), relevant


def ranks(cosines, relevant):
    return np.flatnonzero(relevant[np.argsort(-cosines, kind="stable")]) + 1


def averages(metric):
    return metric.aggregate(evidence_of(metric, PAIRS), COUNTS)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_recall_at_k(k):
    for value, drawn in zip(averages(RecallAtK(k=k)), COUNTS, strict=True):
        hits = [ranks(*query)[0] <= k for query in queries(drawn)]
        assert value == pytest.approx(np.mean(hits), abs=1e-12)


def test_mean_reciprocal_rank():
    for value, drawn in zip(averages(MeanReciprocalRank()), COUNTS, strict=True):
        expected = np.mean([1 / ranks(*query)[0] for query in queries(drawn)])
        assert value == pytest.approx(expected, abs=1e-12)


def test_mean_average_precision():
    values = averages(RetrievalMap())
    singles = [
        average_precision_score(relevant, cosines) for cosines, relevant in queries(COUNTS[0])
    ]
    assert values[0] == pytest.approx(np.mean(singles), abs=1e-9)
    for value, drawn in zip(values, COUNTS, strict=True):
        each = [
            np.mean((np.arange(len(places)) + 1) / places)
            for places in (ranks(*query) for query in queries(drawn))
        ]
        assert value == pytest.approx(np.mean(each), abs=1e-9)


@pytest.mark.parametrize("far", [0.001, 0.01, 0.1])
def test_tar_at_far(far):
    for value, drawn in zip(averages(TarAtFar(far=far)), COUNTS, strict=True):
        indices = np.repeat(np.arange(COUNT), drawn)
        first, second = np.meshgrid(indices, indices)
        apart = first != second
        first, second = first[apart], second[apart]
        cosines = np.round(np.einsum("nd,nd->n", VECTORS[first].astype(float), VECTORS[second]), 12)
        rates, accepted, _ = roc_curve(
            LABELS[first] == LABELS[second], cosines, drop_intermediate=False
        )
        assert value == pytest.approx(accepted[rates <= far].max(), abs=1e-12)


def test_a_set_without_two_samples_of_a_class_has_no_value():
    for metric in (RecallAtK(), MeanReciprocalRank(), RetrievalMap(), TarAtFar()):
        alone = [(Embedding(VECTORS[i]), ClassLabel(i)) for i in range(4)]
        assert np.isnan(metric.aggregate(evidence_of(metric, alone), np.ones((1, 4), np.int64))[0])
