"""Metrics of verification on the pairs of a list, held against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from calibrate.core.annotation import ClassLabel
from calibrate.core.group_annotations import PairMember
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.pairwise_accuracy import PairwiseAccuracy
from calibrate.metrics.pairwise_roc_auc import PairwiseRocAuc
from calibrate.metrics.tar_at_far import TarAtFar
from tests.metrics.reference import evidence_of

COUNT, PAIRS = 40, 150


@pytest.fixture(scope="module")
def listed():
    """Vectors of few directions, so that cosines repeat, and a list of pairs with its truth."""
    rng = np.random.default_rng(7)
    vectors = rng.integers(-1, 2, (COUNT, 4)) + 0.01
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    all_pairs = [(i, j) for i in range(COUNT) for j in range(i + 1, COUNT)]
    chosen = [all_pairs[k] for k in rng.permutation(len(all_pairs))[:PAIRS]]
    exact = vectors.astype(np.float64)
    cosines = {(i, j): round(float(exact[i] @ exact[j]), 12) for i, j in chosen}
    truth = {pair: bool(rng.random() < (cosines[pair] + 1) / 2) for pair in chosen}
    members = []
    for i in range(COUNT):
        mine = [pair for pair in chosen if pair[0] == i]
        members.append(
            PairMember(str(i), tuple(str(j) for _, j in mine), tuple(truth[p] for p in mine))
        )
    targets = np.array([truth[pair] for pair in chosen])
    scores = np.array([cosines[pair] for pair in chosen])
    return [(Embedding(v), m) for v, m in zip(vectors, members, strict=True)], targets, scores


def value(metric, pairs):
    evidence = evidence_of(metric, pairs)
    return float(metric.aggregate(evidence, np.ones((1, len(pairs)), np.int64))[0])


def test_values_are_those_of_scikit_learn(listed):
    pairs, targets, scores = listed
    false_rate, true_rate, thresholds = roc_curve(targets, scores, drop_intermediate=False)
    assert value(PairwiseRocAuc(), pairs) == pytest.approx(roc_auc_score(targets, scores))
    best = max(np.mean((scores >= threshold) == targets) for threshold in thresholds)
    assert value(PairwiseAccuracy(), pairs) == pytest.approx(best)
    for far in (0.05, 0.2):
        expected = true_rate[false_rate <= far].max()
        assert value(TarAtFar(far=far), pairs) == pytest.approx(expected)


def test_a_sample_drawn_twice_counts_its_pairs_twice(listed):
    pairs = listed[0][:8]
    metric = PairwiseAccuracy()
    counts = np.array([[2, 0, 1, 1, 3, 1, 0, 2]])
    drawn = [
        (prediction, PairMember(f"{m.name}", m.partners, m.same))
        for (prediction, m), count in zip(pairs, counts[0], strict=True)
        for _ in range(count)
    ]
    weighted = metric.aggregate(evidence_of(metric, pairs), counts)
    assert weighted == pytest.approx([value(metric, drawn)], nan_ok=True)


def test_a_threshold_may_refuse_every_pair():
    vectors = [np.array([1, 0], np.float32)] * 3
    members = [PairMember("a", ("b", "c"), (False, False)), PairMember("b", ("c",), (True,))]
    members.append(PairMember("c"))
    pairs = [(Embedding(v), m) for v, m in zip(vectors, members, strict=True)]
    assert value(PairwiseAccuracy(), pairs) == pytest.approx(2 / 3)


def test_all_pairs_of_labelled_samples():
    angles = np.array([0.0, 0.1, 0.5, 1.2])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    pairs = [(Embedding(v), ClassLabel(k)) for v, k in zip(vectors, (0, 0, 1, 1), strict=True)]
    assert value(PairwiseAccuracy(), pairs) == pytest.approx(5 / 6)
    assert value(PairwiseRocAuc(), pairs) == pytest.approx((4 + 2) / 8)


def test_no_pair_has_no_value():
    pairs = [(Embedding(np.array([1, 0], np.float32)), PairMember("a", ("b",), (True,)))]
    for metric in (PairwiseAccuracy(), PairwiseRocAuc(), TarAtFar()):
        assert np.isnan(value(metric, pairs))


def test_other_kinds_are_refused():
    with pytest.raises(CalibrateError, match="use the decoder embedding"):
        PairwiseAccuracy().score(Values(np.ones(2, np.float32)), PairMember("a"), Facts("a"))
