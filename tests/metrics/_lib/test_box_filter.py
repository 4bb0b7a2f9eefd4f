import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.core.sample import Facts, Geometry
from calibrate.metrics._lib.box_filter import BoxFilter

FACTS = Facts("a", geometry=Geometry(100, 200, 50, 50))
# Height x width: 10 x 20, 20 x 10, 0 x 10, 40 x 50 (a tenth of the image's area).
BOXES = np.array([[0, 0, 20, 10], [0, 0, 10, 20], [5, 5, 15, 5], [0, 0, 50, 40]], np.float32)


@pytest.mark.parametrize(
    ("ranges", "out", "text"),
    [
        ({"height_range": [20]}, [1, 0, 1, 0], "height_range=20"),
        ({"height_range": [10, 20]}, [0, 1, 1, 1], "height_range=10:20"),
        ({"width_range": [0, 20]}, [1, 0, 0, 1], "width_range=0:20"),
        ({"aspect_ratio": [0.666, 5]}, [1, 0, 1, 0], "aspect_ratio=0.666:5"),
        ({"area_ratio": [0.3]}, [1, 1, 1, 0], "area_ratio=0.3"),
        ({"is_empty": True}, [0, 0, 1, 0], "is_empty"),
        ({"is_empty": True, "width_range": [20]}, [0, 1, 1, 0], "width_range=20,is_empty"),
    ],
)
def test_boxes_outside(ranges, out, text):
    boxes = BoxFilter(**ranges)
    assert boxes.outside(BOXES, FACTS).tolist() == list(map(bool, out))
    assert boxes.outside(BOXES[:0], FACTS).tolist() == []
    assert str(boxes) == text


@pytest.mark.parametrize(
    ("ranges", "message"),
    [({}, "at least one range"), ({"height_range": [20, 10]}, "above the first")],
)
def test_ranges(ranges, message):
    with pytest.raises(ValidationError, match=message):
        BoxFilter(**ranges)
