"""`flip_rate` against FP32's predictions."""

import numpy as np
import pytest

from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.flip_rate import FlipRate

FACTS = Facts("a")


def f32(*values):
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("model", "fp32", "expected"),
    [
        (ClassScores(f32(0.1, 0.9)), ClassScores(f32(0.4, 0.6)), 0),
        (ClassScores(f32(0.6, 0.4)), ClassScores(f32(0.4, 0.6)), 1),
        (LabelScores(f32(0.6, 0.4, 0.1)), LabelScores(f32(0.7, 0.6, 0.2)), 1 / 3),
        (ClassMap(np.array([[1, 2], [3, 4]])), ClassMap(np.array([[1, 2], [3, 0]])), 1 / 4),
    ],
)
def test_hand_worked(model, fp32, expected):
    assert FlipRate().score(model, fp32, FACTS) == pytest.approx(expected)


def test_threshold():
    pair = LabelScores(f32(0.6)), LabelScores(f32(0.9))
    assert FlipRate(label_threshold=0.7).score(*pair, FACTS) == 1


def test_predictions_without_a_decision_are_refused():
    with pytest.raises(CalibrateError, match="flip_rate compares ClassScores"):
        FlipRate().score(Values(f32(1)), Values(f32(1)), FACTS)
