"""`agreement` with FP32's predictions, every kind that decides."""

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.agreement import Agreement

FACTS = Facts("a")


def f32(*values):
    return np.array(values, np.float32)


def boxes(*rows):
    """Rows of left edge, score, label; 10 x 10 pixels."""
    corners = [(x, 0, x + 10, 10) for x, _, _ in rows]
    return Detections(
        np.array(corners, np.float32).reshape(-1, 4),
        f32(*(row[1] for row in rows)),
        np.array([row[2] for row in rows], np.int64),
    )


def tokens(*best):
    scores = np.full((len(best), 4), -9, np.float32)
    scores[np.arange(len(best)), list(best)] = -0.1
    return TokenScores(scores)


@pytest.mark.parametrize(
    ("model", "fp32", "expected"),
    [
        (ClassScores(f32(0.1, 0.9)), ClassScores(f32(0.4, 0.6)), 1),
        (ClassScores(f32(0.6, 0.4)), ClassScores(f32(0.4, 0.6)), 0),
        (LabelScores(f32(0.6, 0.4, 0.1)), LabelScores(f32(0.7, 0.6, 0.2)), 2 / 3),
        (ClassMap(np.array([[1, 2], [3, 4]])), ClassMap(np.array([[1, 2], [3, 0]])), 3 / 4),
        (tokens(1, 2, 3), tokens(1, 2, 0), 2 / 3),
        (boxes(), boxes(), 1),
        (boxes((0, 0.9, 1)), boxes(), 0),
        (boxes(), boxes((0, 0.9, 1)), 0),
        (boxes((1, 0.9, 1)), boxes((0, 0.8, 1)), 1),
        (boxes((1, 0.9, 2)), boxes((0, 0.8, 1)), 0),
        (boxes((8, 0.9, 1)), boxes((0, 0.8, 1)), 0),
        # What is not sure enough is no decision, on either side.
        (boxes((0, 0.9, 1), (50, 0.5, 1)), boxes((0, 0.8, 1), (90, 0.1, 1)), 1),
        (boxes((0, 0.9, 1), (50, 0.7, 1)), boxes((0, 0.8, 1)), 2 / 3),
        # One box finds one box.
        (boxes((0, 0.9, 1), (1, 0.7, 1)), boxes((0, 0.8, 1)), 2 / 3),
    ],
)
def test_hand_worked(model, fp32, expected):
    assert Agreement().score(model, fp32, FACTS) == pytest.approx(expected)


def test_thresholds():
    pair = LabelScores(f32(0.6)), LabelScores(f32(0.9))
    assert Agreement(label_threshold=0.7).score(*pair, FACTS) == 0
    sure = boxes((0, 0.65, 1)), boxes((0, 0.9, 1))
    assert Agreement(annotation_conf_threshold=0.7).score(*sure, FACTS) == 0


@pytest.mark.parametrize(
    ("metric", "model", "fp32", "message"),
    [
        (Agreement(), Values(f32(1)), Values(f32(1)), "agreement compares ClassScores with Class"),
        (Agreement(), ClassScores(f32(1)), ClassScores(f32(0, 1)), r"has shape \[1\], its target"),
        (Agreement(), ClassScores(f32(np.nan)), ClassScores(f32(1)), "holds NaN"),
        (Agreement(), ClassScores(f32(1)), ClassLabel(1), "and got ClassScores with ClassLabel"),
    ],
)
def test_what_does_not_fit_is_refused(metric, model, fp32, message):
    with pytest.raises(CalibrateError, match=message):
        metric.score(model, fp32, FACTS)
