"""`f1` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.f1 import F1

FACTS = Facts("a")


COUNT = 60


def draws(rng):
    ones = np.ones((1, COUNT), np.int64)
    return np.vstack([ones, rng.multinomial(COUNT, np.full(COUNT, 1 / COUNT), size=4)])


@pytest.mark.parametrize("average", ["macro", "micro", "binary"])
def test_classes(average):
    rng = np.random.default_rng(0)
    classes = 2 if average == "binary" else 5
    labels = rng.integers(0, classes, COUNT)
    scores = rng.random((COUNT, classes)) + 0.5 * np.eye(classes)[labels]
    metric = F1(average=average)
    evidence = [
        metric.score(ClassScores(row.astype(np.float32)), ClassLabel(int(label)), FACTS)
        for row, label in zip(scores, labels, strict=True)
    ]
    counts = draws(rng)
    for value, drawn in zip(metric.aggregate(evidence, counts), counts, strict=True):
        truth, said = np.repeat(labels, drawn), np.repeat(scores.argmax(1), drawn)
        assert value == pytest.approx(f1_score(truth, said, average=average), abs=1e-14)


@pytest.mark.parametrize("average", ["macro", "micro"])
def test_several_labels(average):
    rng = np.random.default_rng(1)
    truth = rng.random((COUNT, 6)) < 0.4
    scores = np.clip(rng.random((COUNT, 6)) * 0.8 + 0.2 * truth, 0, 1).astype(np.float32)
    metric = F1(average=average, threshold=0.6)
    evidence = [
        metric.score(LabelScores(row), LabelSet(tuple(np.flatnonzero(true).tolist())), FACTS)
        for row, true in zip(scores, truth, strict=True)
    ]
    counts = draws(rng)
    for value, drawn in zip(metric.aggregate(evidence, counts), counts, strict=True):
        expected = f1_score(
            np.repeat(truth, drawn, axis=0), np.repeat(scores >= 0.6, drawn, 0), average=average
        )
        assert value == pytest.approx(expected, abs=1e-14)


def test_a_class_that_is_nowhere_has_no_value():
    metric = F1(average="binary", pos_label=2)
    evidence = [metric.score(ClassScores(np.array([1, 0, 0], np.float32)), ClassLabel(0), FACTS)]
    assert np.isnan(metric.aggregate(evidence, np.ones((1, 1), np.int64)))


def test_what_does_not_fit_is_refused():
    with pytest.raises(CalibrateError, match="label 3 does not fit the 2 classes"):
        F1().score(ClassScores(np.array([1, 0], np.float32)), ClassLabel(3), FACTS)
    with pytest.raises(CalibrateError, match="holds NaN"):
        F1().score(ClassScores(np.array([1, np.nan], np.float32)), ClassLabel(1), FACTS)


def test_ignored_labels_do_not_count():
    rng = np.random.default_rng(3)
    truth, known = rng.random((COUNT, 4)) < 0.4, rng.random((COUNT, 4)) < 0.8
    scores = rng.random((COUNT, 4)).astype(np.float32)
    evidence = [
        F1(average="micro").score(
            LabelScores(row),
            LabelSet(
                tuple(np.flatnonzero(true & there).tolist()), tuple(np.flatnonzero(~there).tolist())
            ),
            FACTS,
        )
        for row, true, there in zip(scores, truth, known, strict=True)
    ]
    (value,) = F1(average="micro").aggregate(evidence, np.ones((1, COUNT), np.int64))
    assert value == pytest.approx(f1_score(truth[known], scores[known] >= 0.5))
