"""Overlaps of oriented boxes, as shapely computes them."""

import numpy as np
import pytest

from calibrate.core.boxes import iou
from calibrate.core.quads import enclosing, quad_areas, quad_iou, quads_of, upright


def rotated(*boxes):
    """Corners of boxes of centre, size and angle."""
    rows = np.array(boxes, np.float32)
    return quads_of(rows[:, :4], rows[:, 4])


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ((50, 50, 40, 20, 0.3), (50, 50, 40, 20, 0.3), 1.0),
        ((50, 50, 40, 20, 0.3), (50, 50, 20, 40, 0.3 - np.pi / 2), 1.0),
        ((50, 50, 40, 20, 0.3), (55, 48, 30, 30, 1.0), 0.540252),
        ((50, 50, 40, 20, 0.3), (50, 50, 40, 20, -0.3), 0.591251),
        ((0, 0, 1, 1, 0), (0, 0, 1, 1, np.pi / 4), np.sqrt(0.5)),
        ((10, 10, 8, 4, 0), (14, 10, 8, 4, np.pi / 2), 1 / 7),
        ((50, 50, 40, 20, 1.2), (90, 50, 10, 10, 0), 0.0),
        ((50, 50, 40, 0, 0), (50, 50, 40, 0, 0), 0.0),
        ((9e5, 9e5, 40, 20, 0.3), (9e5, 9e5, 40, 20, 0.3), 1.0),
    ],
)
def test_overlap(first, second, overlap):
    assert quad_iou(rotated(first), rotated(second))[0, 0] == pytest.approx(overlap, abs=1e-5)


def test_the_order_of_corners_does_not_matter():
    quads = rotated((50, 50, 40, 20, 0.3), (55, 48, 30, 30, 1.0))
    np.testing.assert_allclose(quad_iou(quads, quads[:, ::-1]), quad_iou(quads, quads), atol=1e-12)


def test_upright_boxes_overlap_as_boxes():
    boxes = np.array([[0, 0, 4, 2], [2, 0, 6, 4], [8, 8, 9, 9]], np.float32)
    np.testing.assert_allclose(quad_iou(upright(boxes), upright(boxes)), iou(boxes, boxes))
    np.testing.assert_array_equal(enclosing(upright(boxes)), boxes)
    assert quad_areas(upright(boxes)).tolist() == [8, 16, 1]


def test_none():
    none = np.zeros((0, 4, 2), np.float32)
    assert quad_iou(none, rotated((1, 1, 2, 2, 0))).shape == (0, 1)
    assert enclosing(none).shape == (0, 4)
