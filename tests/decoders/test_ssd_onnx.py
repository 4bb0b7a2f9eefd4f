import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.ssd_onnx import SsdOnnx
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(100, 200, 100, 200).resized(50, 50), source="7.jpg")
BOXES = np.array([[0.1, 0.2, 0.5, 0.6], [0.0, 0.0, 0.5, 1.0], [0, 0, 0, 0]], np.float32)
SCORES = np.array([0.6, 0.9, 0.0], np.float32)
LABELS = np.array([3, 1, -1])
EXPECTED = [[0, 0, 100, 100], [20, 20, 100, 60]]


@pytest.mark.parametrize(
    ("fields", "outputs"),
    [
        ({}, {"bboxes": BOXES, "scores": SCORES, "labels": LABELS}),
        ({}, {"labels": LABELS.astype(np.float32), "bboxes": BOXES[None], "scores": SCORES}),
        ({}, {"x": BOXES, "class_ids": LABELS, "y": SCORES}),
        ({}, {"boxes": np.column_stack([BOXES, SCORES]), "labels": LABELS}),
        (
            {"scores_out": "b", "labels_out": "c"},
            {"a": BOXES, "b": SCORES, "c": LABELS},
        ),
        (
            {"box_format": "yxyx"},
            {"boxes": BOXES[:, [1, 0, 3, 2]], "scores": SCORES, "labels": LABELS},
        ),
        (
            {},
            {
                "detection_boxes": BOXES[:, [1, 0, 3, 2]],
                "detection_scores": SCORES,
                "detection_classes:0": LABELS,
                "num_detections": np.ones(1),
            },
        ),
        (
            {"box_format": "xyxy"},
            {"detection_boxes": BOXES, "detection_scores": SCORES, "detection_classes": LABELS},
        ),
        (
            {"relative_boxes": False},
            {"boxes": BOXES * 50, "scores": SCORES, "labels": LABELS},
        ),
    ],
)
def test_predict(fields, outputs):
    prediction = SsdOnnx(**fields).predict(outputs, FACTS)
    np.testing.assert_allclose(prediction.boxes, EXPECTED, atol=1e-3)
    np.testing.assert_allclose(prediction.scores, [0.9, 0.6])
    assert prediction.labels.tolist() == [1, 3]


def test_parts_of_different_lengths():
    with pytest.raises(CalibrateError) as caught:
        SsdOnnx().predict({"boxes": BOXES, "scores": SCORES, "labels": LABELS[:2]}, FACTS)
    assert str(caught.value) == "7.jpg: 3 boxes, 3 scores and 2 labels do not fit together"


def test_names_that_tell_nothing():
    assert list(SsdOnnx().problems({"a": (1, 9, 4), "b": (1, 9), "c": (1, 9)})) == [
        "outputs 'b' and 'c' could each be the labels; say which by labels_out"
    ]


def test_contract():
    outputs = {"boxes": BOXES, "scores": SCORES, "labels": LABELS}
    changed = {**outputs, "scores": SCORES * np.float32(0.9)}
    check_decoder(SsdOnnx(), outputs, FACTS, changed=changed)
