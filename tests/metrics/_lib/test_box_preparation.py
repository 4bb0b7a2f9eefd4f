"""Clipping and rounding of boxes before they are compared."""

import numpy as np
import pytest

from calibrate.core.annotation import BoxSet
from calibrate.core.predictions.detections import Detections
from calibrate.core.sample import Facts, Geometry
from calibrate.metrics._lib.box_preparation import prepared

FACTS = Facts("a", geometry=Geometry(20, 30, 20, 30))
NONE = np.zeros(1, np.bool_)
OBJECTS = BoxSet(
    np.array([[-1.6, 2.5, 31.2, 9.7]], np.float32), np.zeros(1, np.int64), NONE, NONE, np.ones(1)
)
DETECTIONS = Detections(np.array([[1.4, 2.5, 3.5, 4.6]], np.float32), np.ones(1), np.zeros(1))


@pytest.mark.parametrize(
    ("rounding", "clips", "detection", "annotated"),
    [
        ("none", False, [1.4, 2.5, 3.5, 4.6], [-1.6, 2.5, 31.2, 9.7]),
        ("none", True, [1.4, 2.5, 3.5, 4.6], [0, 2.5, 30, 9.7]),
        ("none", (25, 5), [1.4, 2.5, 3.5, 4.6], [0, 2.5, 25, 5]),
        ("nearest", False, [1, 2, 4, 5], [-2, 2, 31, 10]),
        ("nearest_to_zero", False, [1, 2, 3, 4], [-1, 2, 31, 9]),
        ("lower", False, [1, 2, 3, 4], [-2, 2, 31, 9]),
        ("greater", True, [2, 3, 4, 5], [0, 3, 30, 10]),
    ],
)
def test_boxes(rounding, clips, detection, annotated):
    detections, objects = prepared(DETECTIONS, OBJECTS, FACTS, rounding, clips=clips)
    np.testing.assert_allclose(detections.boxes, [detection], rtol=1e-6)
    np.testing.assert_allclose(objects.boxes, [annotated], rtol=1e-6)
