import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.detr import Detr
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(100, 200, 100, 200), source="7.jpg")
SHARES = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.55, 0.05, 0.4]], np.float32)
BOXES = np.array([[0.5, 0.5, 0.2, 0.4], [0.1, 0.1, 0.1, 0.1], [0.5, 0.5, 0.2, 0.4]], np.float32)


def predicted(fields, logits):
    detections = Detr(**fields).predict({"logits": logits, "pred_boxes": BOXES}, FACTS)
    rows = zip(detections.labels.tolist(), detections.scores.tolist(), strict=True)
    return detections.boxes, [(label, round(score, 4)) for label, score in rows]


def test_a_query_is_its_best_object_and_nothing_is_suppressed():
    boxes, rows = predicted({}, np.log(SHARES))
    assert rows == [(0, 0.6), (0, 0.55), (1, 0.2)]
    np.testing.assert_allclose(boxes[0], [80, 30, 120, 70], atol=1e-4)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"multi_label": True, "score_threshold": 0.25}, [(0, 0.6), (0, 0.55), (1, 0.3)]),
        ({"nms_threshold": 0.5}, [(0, 0.6), (1, 0.2)]),
        ({"label_offset": 5}, [(5, 0.6), (5, 0.55), (6, 0.2)]),
    ],
)
def test_parameters(fields, expected):
    assert predicted(fields, np.log(SHARES))[1] == expected


def test_sigmoid_has_no_class_that_means_nothing():
    logits = np.log(SHARES / (1 - SHARES))
    fields = {"activation": "sigmoid", "multi_label": True, "score_threshold": 0.35}
    assert predicted(fields, logits)[1] == [(2, 0.7), (0, 0.6), (0, 0.55), (2, 0.4)]


def test_contract():
    outputs = {"logits": np.log(SHARES)[None], "pred_boxes": BOXES[None]}
    check_decoder(Detr(), outputs, FACTS)
