import numpy as np
import pytest

from calibrate.core import annotation as truth
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.predictions.values import Values

NAMES = ("cat", "dog")
BOXES = np.zeros((4, 4), np.float32)
LABELS = np.array([1, 0, 1, 5])
FLAGS = np.zeros(4, bool)


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (None, "none"),
        (truth.ClassLabel(1), "1 (dog)"),
        (truth.ClassLabel(7), "7"),
        (truth.LabelSet((0, 1)), "0 (cat), 1 (dog)"),
        (truth.LabelSet(()), "none"),
        (
            truth.BoxSet(BOXES, LABELS, FLAGS, FLAGS, BOXES[:, 0]),
            "4 boxes: 1 (dog), 0 (cat), 1 (dog) and 1 more",
        ),
        (
            truth.BoxSet(BOXES[:1], LABELS[:1], FLAGS[:1], FLAGS[:1], BOXES[:1, 0]),
            "1 box: 1 (dog)",
        ),
        (truth.MaskTarget(np.array([[0, 1, 255]])), "map 1×3 of 0 (cat), 1 (dog), 255"),
        (truth.ImageTarget(np.zeros((2, 3, 3), np.uint8)), "image 2×3"),
        (truth.ValueTarget(np.array([0.5, 2], np.float32)), "0.5, 2"),
        (truth.TokenTarget(np.array([1, 2, 3])), "3 tokens"),
    ],
)
def test_annotations(annotation, expected):
    assert truth.annotation_text(annotation, NAMES) == expected


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (ClassScores(np.array([0.1, 0.9], np.float32)), "1 (dog) at 90.0 %"),
        (LabelScores(np.array([0.7, 0.2], np.float32)), "0 (cat)"),
        (
            Detections(BOXES[:1], np.array([0.75], np.float32), np.array([0])),
            "1 box: 0 (cat) at 75 %",
        ),
        (Detections(BOXES[:0], np.zeros(0, np.float32), LABELS[:0]), "0 boxes"),
        (ClassMap(np.ones((2, 2), int)), "map 2×2 of 1 (dog)"),
        (ImageOutput(np.zeros((2, 3), np.float32)), "image 2×3"),
        (Values(np.array([1.25], np.float32)), "1.25"),
        (TokenScores(np.zeros((4, 9), np.float32)), "4 tokens"),
        (RawOutputs({"a": BOXES, "b": BOXES}), "2 outputs"),
    ],
)
def test_predictions(prediction, expected):
    assert prediction.describe(NAMES) == expected
