"""`accuracy` on tables and against scikit-learn."""

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.metrics import top_k_accuracy_score

from calibrate.core.annotation import BoxSet, ClassLabel, LabelSet
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.accuracy import Accuracy

FACTS = Facts("a.png", source="images/a.png")


def scores(*values):
    return ClassScores(np.array(values, np.float32))


@pytest.mark.parametrize(
    ("top_k", "values", "label", "hit"),
    [
        (1, (0.1, 0.7, 0.2), 1, 1),
        (1, (0.1, 0.7, 0.2), 2, 0),
        (2, (0.1, 0.7, 0.2), 2, 1),
        (2, (0.1, 0.7, 0.2), 0, 0),
        (3, (0.1, 0.7, 0.2), 0, 1),
        (9, (0.1, 0.7, 0.2), 0, 1),
        # Of equal scores the first class is the better one, as for argmax.
        (1, (0.5, 0.5), 0, 1),
        (1, (0.5, 0.5), 1, 0),
        (2, (0.5, 0.5), 1, 1),
    ],
)
def test_score(top_k, values, label, hit):
    evidence = Accuracy(top_k=top_k).score(scores(*values), ClassLabel(label), FACTS)
    assert evidence.dtype == np.float64
    assert evidence.tolist() == [hit]


def test_aggregate_weighs_samples_by_how_often_they_are_drawn():
    evidence = [np.array([1.0]), np.array([0.0]), np.array([1.0])]
    counts = np.array([[1, 1, 1], [3, 0, 0], [0, 2, 1], [0, 0, 0]])
    values = Accuracy().aggregate(evidence, counts)
    assert values == pytest.approx([2 / 3, 1, 1 / 3, np.nan], nan_ok=True)


@pytest.mark.parametrize("top_k", [1, 3])
def test_equals_scikit_learn(top_k):
    rng = np.random.default_rng(0)
    logits, labels = rng.random((200, 10)).astype(np.float32), rng.integers(0, 10, 200)
    metric = Accuracy(top_k=top_k)
    evidence = [
        metric.score(ClassScores(row), ClassLabel(int(label)), FACTS)
        for row, label in zip(logits, labels, strict=True)
    ]
    value = metric.aggregate(evidence, np.ones((1, 200), np.int64))[0]
    assert value == pytest.approx(top_k_accuracy_score(labels, logits, k=top_k), abs=1e-15)


@pytest.mark.parametrize(
    ("prediction", "target", "message"),
    [
        (
            LabelScores(np.ones(3, np.float32)),
            ClassLabel(0),
            (
                " compares ClassScores with ClassLabel, and got LabelScores with ClassLabel; "
                "use the decoder classification"
            ),
        ),
        (
            scores(1, 0),
            LabelSet((0,)),
            (
                " compares ClassScores with ClassLabel, and got ClassScores with LabelSet; "
                "use the dataset adapter image_folder or imagenet"
            ),
        ),
        (
            scores(0.5, np.nan),
            ClassLabel(0),
            (
                ": the prediction holds NaN or infinity; "
                "look at the model's outputs for this sample (calibrate evaluate)"
            ),
        ),
        (
            scores(0.5, 0.5),
            ClassLabel(2),
            (
                ": label 2 does not fit the 2 classes that the model scores; "
                "look at the label list (0- or 1-based?) and the decoder's background offset"
            ),
        ),
    ],
)
def test_what_does_not_fit_is_refused(prediction, target, message):
    with pytest.raises(CalibrateError) as caught:
        Accuracy().score(prediction, target, FACTS)
    assert str(caught.value) == f"sample a.png (images/a.png): accuracy@1{message}"


def test_both_hints_are_given_where_both_kinds_are_wrong():
    empty = np.zeros(0, np.float32)
    prediction = Detections(np.zeros((0, 4), np.float32), empty, np.zeros(0, np.int64))
    flags = np.zeros(0, bool)
    target = BoxSet(prediction.boxes, prediction.labels, flags, flags, empty)
    with pytest.raises(CalibrateError, match=r"decoder classification and use the dataset adapter"):
        Accuracy().score(prediction, target, FACTS)


def test_top_k_has_to_be_positive():
    with pytest.raises(ValidationError):
        Accuracy(top_k=0)


def test_label():
    assert Accuracy(top_k=5).label == "accuracy@5"
