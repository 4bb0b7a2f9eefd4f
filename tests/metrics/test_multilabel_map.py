"""`multilabel_map` against scikit-learn, also on resampled sets."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from calibrate.core.annotation import LabelSet
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.metrics.multilabel_map import MultilabelMap

FACTS = Facts("a")


COUNT = 80


def draws(rng):
    ones = np.ones((1, COUNT), np.int64)
    return np.vstack([ones, rng.multinomial(COUNT, np.full(COUNT, 1 / COUNT), size=4)])


@pytest.mark.parametrize("decimals", [7, 1], ids=["scores", "equal scores"])
def test_several_labels(decimals):
    rng = np.random.default_rng(0)
    truth = rng.random((COUNT, 5)) < 0.4
    scores = np.round(rng.random((COUNT, 5)) * 0.8 + 0.2 * truth, decimals).astype(np.float32)
    counts = draws(rng)
    metric = MultilabelMap()
    evidence = [
        metric.score(LabelScores(row), LabelSet(tuple(np.flatnonzero(true).tolist())), FACTS)
        for row, true in zip(scores, truth, strict=True)
    ]
    for value, drawn in zip(metric.aggregate(evidence, counts), counts, strict=True):
        expected = average_precision_score(np.repeat(truth, drawn, 0), np.repeat(scores, drawn, 0))
        assert value == pytest.approx(expected, abs=1e-12)


def test_labels_without_a_value_are_left_out():
    scores = np.array([[0.9, 0.5], [0.2, 0.6], [0.4, 0.1]], np.float32)
    truths = [(0,), (), (0,)]
    metric = MultilabelMap()
    evidence = [
        metric.score(LabelScores(row), LabelSet(true), FACTS)
        for row, true in zip(scores, truths, strict=True)
    ]
    counts = np.array([[1, 1, 1], [0, 1, 0]])
    assert metric.aggregate(evidence, counts) == pytest.approx([1.0, np.nan], nan_ok=True)
