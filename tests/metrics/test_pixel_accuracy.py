"""`pixel_accuracy` on hand-worked masks and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from calibrate.core.annotation import MaskTarget
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts
from calibrate.metrics.pixel_accuracy import PixelAccuracy

FACTS = Facts("a")


def value(metric, *pairs):
    evidence = [
        metric.score(
            ClassMap(np.array(predicted)), MaskTarget(np.array(mask, np.uint8), ignore), FACTS
        )
        for predicted, mask, ignore in pairs
    ]
    return metric.aggregate(evidence, np.ones((1, len(pairs)), np.int64))[0]


@pytest.mark.parametrize(
    ("predicted", "mask", "ignore", "expected"),
    [
        ([[0, 1], [1, 1]], [[0, 1], [1, 1]], 255, 1),
        ([[0, 1], [1, 1]], [[0, 0], [1, 1]], 255, 3 / 4),
        ([[0, 2], [1, 1]], [[0, 255], [1, 1]], 255, 1),
        ([[0, 2], [1, 1]], [[0, 7], [1, 1]], 7, 1),
        ([[0, 1], [1, 1]], [[0, 255], [1, 1]], None, 3 / 4),
        ([[0, 1]], [[255, 255]], 255, np.nan),
    ],
)
def test_hand_worked(predicted, mask, ignore, expected):
    case = (predicted, mask, ignore)
    assert value(PixelAccuracy(), case) == pytest.approx(expected, nan_ok=True)


def test_large_images_weigh_more():
    small, large = ([[1]], [[1]], 255), ([[1, 1, 1]], [[1, 0, 0]], 255)
    assert value(PixelAccuracy(), small, large) == 2 / 4


def test_equals_scikit_learn():
    rng = np.random.default_rng(0)
    masks = rng.integers(0, 5, (6, 20, 30))
    predicted = np.where(rng.random(masks.shape) < 0.6, masks, rng.integers(0, 5, masks.shape))
    pairs = [(mine, mask, 255) for mine, mask in zip(predicted, masks, strict=True)]
    expected = accuracy_score(masks.ravel(), predicted.ravel())
    assert value(PixelAccuracy(), *pairs) == pytest.approx(expected, abs=1e-14)
