"""Average precision of oriented boxes, worked by hand."""

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet, OrientedBoxSet
from calibrate.core.predictions.oriented_boxes import OrientedBoxes
from calibrate.core.quads import enclosing, quad_areas, quads_of
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.coco_precision import CocoPrecision
from calibrate.metrics.map import VocMap

FACTS = Facts("1")


def quads(*boxes):
    rows = np.array(boxes, np.float32)
    return quads_of(rows[:, :4], rows[:, 4])


def objects(*boxes, difficult=()):
    corners = quads(*boxes)
    count = len(corners)
    return OrientedBoxSet(
        boxes=enclosing(corners),
        labels=np.zeros(count, np.int64),
        difficult=np.isin(np.arange(count), difficult),
        crowd=np.zeros(count, np.bool_),
        areas=quad_areas(corners).astype(np.float32),
        corners=corners,
    )


def detections(*boxes):
    corners = quads(*boxes)
    scores = np.linspace(0.9, 0.5, len(corners)).astype(np.float32)
    return OrientedBoxes(enclosing(corners), scores, np.zeros(len(corners), np.int64), corners)


# The overlaps of the first object with the detections are 0.591251, 1 and 0.
TRUE = objects((50, 50, 40, 20, 0.3), (200, 200, 40, 20, 0))
PREDICTED = detections((50, 50, 40, 20, -0.3), (50, 50, 40, 20, 0.3), (200, 100, 40, 20, 0))


def value(metric, prediction=PREDICTED, target=TRUE):
    evidence = [metric.score(prediction, target, FACTS)]
    return float(metric.aggregate(evidence, np.ones((1, 1), np.int64))[0])


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # The first detection takes the object (recall 0.5 at precision 1), the second is too many.
        (CocoPrecision(iou_type="obb", threshold=0.5), 51 / 101),
        (VocMap(iou_type="obb", overlap_threshold=0.5), 0.5),
        (VocMap(iou_type="obb", overlap_threshold=0.5, integral="11point"), 6 / 11),
        # Above 0.591 only the second fits: precision 0.5 at recall 0.5.
        (CocoPrecision(iou_type="obb", threshold=0.6), 51 / 101 / 2),
        (VocMap(iou_type="obb", overlap_threshold=0.6), 0.25),
        # Enclosing boxes of both are equal.
        (CocoPrecision(threshold=0.6), 51 / 101),
    ],
)
def test_values(metric, expected):
    assert value(metric) == pytest.approx(expected, abs=1e-6)


def test_difficult_objects_do_not_count():
    target = objects((50, 50, 40, 20, 0.3), (200, 200, 40, 20, 0), difficult=[1])
    assert value(VocMap(iou_type="obb"), target=target) == pytest.approx(1.0)


def test_labels():
    assert VocMap(iou_type="obb").label == "map_obb@50"
    assert CocoPrecision(iou_type="obb").label == "coco_obb_ap@50:95"


@pytest.mark.parametrize("metric", [VocMap(iou_type="obb"), CocoPrecision(iou_type="obb")])
def test_upright_boxes_are_refused(metric):
    plain = BoxSet(TRUE.boxes, TRUE.labels, TRUE.difficult, TRUE.crowd, TRUE.areas)
    with pytest.raises(CalibrateError, match="yolo_labeling"):
        value(metric, target=plain)
