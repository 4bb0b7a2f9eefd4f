import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.detection_list import DetectionList
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(100, 100, 100, 100), source="7.jpg")
ROWS = np.array(
    [[10, 20, 30, 60, 0.5, 1], [50, 50, 90, 95, 0.9, 0], [0, 0, 0, 0, 0, 0], [1, 1, 9, 9, 0.3, -1]],
    np.float32,
)


def test_rows_are_sorted_and_filling_is_left_out():
    detections = DetectionList().predict({"out": ROWS}, FACTS)
    assert detections.labels.tolist() == [0, 1]
    np.testing.assert_allclose(detections.scores, [0.9, 0.5])
    np.testing.assert_allclose(detections.boxes, [[50, 50, 90, 95], [10, 20, 30, 60]])


@pytest.mark.parametrize(
    ("columns", "order"),
    [
        ([0, 1, 2, 3, 4, 5], "boxes_score_label"),
        ([5, 4, 0, 1, 2, 3], "label_score_boxes"),
    ],
)
def test_all_samples_determine_the_order(columns, order):
    samples = [{"out": ROWS[:, columns]}]
    parameters = DetectionList().auto_parameters(samples)
    assert parameters == {
        "box_format": "xyxy",
        "order": order,
        "relative_boxes": False,
    }


def test_no_detection_at_all():
    empty = {"out": ROWS[:0]}
    assert len(DetectionList().predict(empty, FACTS).scores) == 0
    assert DetectionList().auto_parameters([empty])["order"] == "boxes_score_label"


@pytest.mark.parametrize(
    ("fields", "shapes", "problems"),
    [
        ({}, {"out": (1, 300, 6)}, 0),
        ({}, {"out": (300, 6)}, 0),
        ({}, {"out": (-1, 6)}, 0),
        ({}, {"out": (1, 300, 57)}, 0),
        ({}, {"boxes": (-1, 6), "num": (-1,)}, 0),
        ({}, {"a": (1, 300, 6), "b": (1, 300, 6)}, 1),
        ({"output": "b"}, {"a": (1, 300, 6), "b": (1, 300, 6)}, 0),
        ({}, {"out": (1, 84, 20, 20)}, 1),
        ({}, {"boxes": (100, 5), "labels": (100,)}, 1),
        ({}, {"dets": (1, 100, 5), "labels": (1, 100)}, 1),
        ({"order": "boxes_score"}, {"boxes": (100, 5), "labels": (100,)}, 0),
        ({}, {"boxes": (1, 100, 5), "num": (1,)}, 0),
    ],
)
def test_problems(fields, shapes, problems):
    assert len(DetectionList(**fields).problems(shapes)) == problems


def test_refused():
    with pytest.raises(CalibrateError, match="rows of 4 numbers are no detections"):
        DetectionList().predict({"out": np.ones((3, 4), np.float32)}, FACTS)


def test_contract():
    changed = ROWS.copy()
    changed[1, :4] += 5
    check_decoder(DetectionList(), {"out": ROWS}, FACTS, changed={"out": changed})
