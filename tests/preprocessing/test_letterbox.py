"""Step `letterbox`: the rounding of the YOLO family, and the way back."""

import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.preprocessing.letterbox import Letterbox


# Worked by hand from the rule: ratio = min of both, sides rounded, border halved, the lesser half
# first (round(half - 0.1) for the top and the left).
@pytest.mark.parametrize(
    ("fields", "shape", "inner", "corner"),
    [
        ({"size": 640}, (427, 640), (427, 640), (106, 0)),
        ({"size": 640}, (480, 640), (480, 640), (80, 0)),
        ({"size": 640}, (500, 375), (640, 480), (0, 80)),
        ({"size": 640}, (333, 500), (426, 640), (107, 0)),
        ({"size": 416}, (427, 640), (278, 416), (69, 0)),
        ({"dst_height": 384, "dst_width": 640}, (480, 640), (384, 512), (0, 64)),
        ({"size": 640, "scale_up": False}, (100, 201), (100, 201), (270, 219)),
        ({"size": 640, "pad_type": "right_bottom"}, (480, 640), (480, 640), (0, 0)),
        ({"size": 416, "rounding": "floor"}, (427, 640), (277, 416), (69, 0)),
    ],
)
def test_where(of, fields, shape, inner, corner):
    made = Letterbox(**fields)(of(np.full((*shape, 3), 7, np.uint8)))
    step = Letterbox(**fields)
    expected = np.full((*step.target, 3), 114, np.uint8)
    expected[corner[0] : corner[0] + inner[0], corner[1] : corner[1] + inner[1]] = 7
    np.testing.assert_array_equal(made.image, expected)
    g = made.geometry
    assert (g.scale_y, g.scale_x) == (inner[0] / shape[0], inner[1] / shape[1])
    assert (g.offset_y, g.offset_x) == corner
    assert (g.source_height, g.source_width) == shape


def test_boxes_come_back(of):
    made = Letterbox(size=640)(of(np.zeros((333, 500, 3), np.uint8)))
    whole = np.array([[0, 107, 640, 533]], np.float32)
    np.testing.assert_allclose(made.geometry.to_source(whole), [[0, 0, 500, 333]], atol=1e-4)


def test_needs_a_size():
    with pytest.raises(ValidationError, match="give size"):
        Letterbox()
