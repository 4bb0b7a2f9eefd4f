"""`sqnr` against FP32's numbers on hand-worked cases."""

import numpy as np
import pytest

from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.sqnr import Sqnr

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


@pytest.mark.parametrize(
    ("cap", "model", "fp32", "expected"),
    [
        (100.0, (9, 0), (10, 0), 20),
        (100.0, (9, 0), (9, 0), 100),
        (40.0, (9, 0), (9, 0), 40),
        (15.0, (9, 0), (10, 0), 15),
        (100.0, (0, 0), (10, 0), 0),
        (100.0, (0, 0), (0, 0), 100),
        (100.0, (1, 0), (0, 0), -100),
    ],
)
def test_sqnr(cap, model, fp32, expected):
    score = Sqnr(cap=cap).score(Values(f32(*model)), Values(f32(*fp32)), FACTS)
    assert score == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "model", "fp32", "message"),
    [
        (Sqnr(), boxes(), boxes(), "sqnr compares ClassScores"),
        (Sqnr(), Values(f32(1)), LabelScores(f32(1)), "and got Values with LabelScores"),
    ],
)
def test_what_does_not_fit_is_refused(metric, model, fp32, message):
    with pytest.raises(CalibrateError, match=message):
        metric.score(model, fp32, FACTS)
