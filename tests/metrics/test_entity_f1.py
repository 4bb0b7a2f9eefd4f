"""`entity_f1`: values of seqeval 1.2.2 on the same tags."""

import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.entities import entities
from calibrate.metrics.entity_f1 import EntityF1

IOB = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
IOBES = ("O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B")


def pairs(labels):
    """30 sentences with three of ten tags drawn anew; the last position does not count."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(30):
        length = rng.integers(3, 12)
        truth = rng.integers(0, len(labels), length)
        drawn = rng.random(length) < 0.3
        predicted = np.where(drawn, rng.integers(0, len(labels), length), truth)
        scores = np.log(np.eye(len(labels))[np.append(predicted, 0)] + 0.01)
        made.append((TokenScores(scores.astype(np.float32)), TokenTarget(np.append(truth, -100))))
    return made


@pytest.mark.parametrize(
    ("labels", "average", "expected"),
    [
        (IOB, "micro", 0.7637540453074434),
        (IOB, "macro", 0.7639297419951256),
        (IOB, "weighted", 0.7637223688992746),
        (IOBES, "micro", 0.779291553133515),
        (IOBES, "macro", 0.7790982382800836),
        (IOBES, "weighted", 0.7793292404818234),
    ],
)
def test_equals_seqeval(labels, average, expected):
    metric = EntityF1(labels=labels, average=average)
    evidence = [metric.score(*pair, Facts("a")) for pair in pairs(labels)]
    value = metric.aggregate(evidence, np.ones((1, 30), np.int64))[0]
    assert value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("B-PER I-PER O B-LOC", {("PER", 0, 1), ("LOC", 3, 3)}),
        ("I-PER I-PER B-PER", {("PER", 0, 1), ("PER", 2, 2)}),
        ("B-PER I-LOC", {("PER", 0, 0), ("LOC", 1, 1)}),
        ("B I O S", {("_", 0, 1), ("_", 3, 3)}),
        ("O O", set()),
    ],
)
def test_entities(tags, expected):
    assert entities(tags.split()) == expected


def test_classes_without_a_tag():
    prediction = TokenScores(np.zeros((2, 7), np.float32))
    with pytest.raises(CalibrateError, match="entity_f1"):
        EntityF1(labels=IOB).score(prediction, TokenTarget(np.zeros(2, np.int64)), Facts("a"))
