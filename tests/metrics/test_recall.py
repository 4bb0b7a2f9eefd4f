"""`recall` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import recall_score

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.metrics.recall import Recall
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
    metric = Recall(**fields)
    counts = draws(COUNT)
    values = metric.aggregate(evidence_of(metric, PAIRS), counts)
    for value, drawn in zip(values, counts, strict=True):
        truth, said = np.repeat(LABELS, drawn), np.repeat(SCORES.argmax(1), drawn)
        expected = recall_score(truth, said, **fields)
        assert value == pytest.approx(expected, abs=1e-12)


def test_the_accuracy_of_one_class():
    metric = Recall(average="binary", pos_label=3)
    assert metric.label == "recall class 3"
    value = metric.aggregate(evidence_of(metric, PAIRS), np.ones((1, COUNT), np.int64))[0]
    assert value == np.mean(SCORES.argmax(1)[LABELS == 3] == 3)


def test_unknown_labels_do_not_count():
    pairs = [
        (LabelScores(np.array([0.9, 0.1], np.float32)), LabelSet((0,))),
        (LabelScores(np.array([0.1, 0.9], np.float32)), LabelSet((1,), ignored=(0,))),
        (LabelScores(np.array([0.1, 0.1], np.float32)), LabelSet((0, 1))),
    ]
    metric = Recall(average="binary", pos_label=0)
    assert metric.aggregate(evidence_of(metric, pairs), np.ones((1, 3), np.int64)) == [0.5]
