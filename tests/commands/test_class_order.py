"""The order of a classifier's outputs, from its answers."""

import numpy as np
import pytest

from calibrate.commands.class_order import other_class_order
from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.class_scores import ClassScores

NAMES = ["cat", "dog", "eel"]


def sentence(labels, answers, classes=3):
    predictions = [ClassScores(np.eye(classes, dtype=np.float32)[answer]) for answer in answers]
    return other_class_order(predictions, [ClassLabel(label) for label in labels], NAMES)


def test_another_order():
    labels = [0, 1, 2] * 10
    answers = [{0: 2, 1: 0, 2: 1}[label] for label in labels]
    answers[0] = 0
    assert sentence(labels, answers) == (
        "With the classes numbered {0 (cat): 2, 1 (dog): 0, 2 (eel): 1}, as a `label_map` does, "
        "97 % of 30 answers would be right instead of 3 % (each half of the samples "
        "judged the order that the other half gives)"
    )


@pytest.mark.parametrize(
    ("labels", "answers", "classes"),
    [
        ([0, 1, 2] * 10, [0, 1, 2] * 10, 3),  # the present order is right
        ([0, 1, 2] * 10, [2] * 30, 3),  # one answer for all
        ([0, 0, 0, 1, 2] * 6, [2] * 30, 3),
        ([0, 1, 2] * 3, [2, 0, 1] * 3, 3),  # too few
        (list(range(30)), list(range(29, -1, -1)), 30),  # one sample a class proves nothing
        ([0, 1, 2] * 20, list(np.random.default_rng(0).integers(0, 3, 60)), 3),
    ],
)
def test_no_order_is_proposed(labels, answers, classes):
    assert not sentence(labels, answers, classes)
