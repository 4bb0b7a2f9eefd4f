"""Step `padding`: sizes, places and colours of the border."""

import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.errors import CalibrateError
from calibrate.preprocessing.padding import Padding


@pytest.mark.parametrize(
    ("fields", "size", "corner"),
    [
        ({"size": 6}, (6, 6), (1, 1)),
        ({"size": 6, "pad_type": "right_bottom"}, (6, 6), (0, 0)),
        ({"size": 6, "pad_type": "left_top"}, (6, 6), (3, 2)),
        ({"stride": 4}, (4, 4), (0, 0)),
        ({"stride": 8, "pad_type": "left_top"}, (8, 8), (5, 4)),
        ({"size": 6, "stride": 4}, (8, 8), (2, 2)),
        ({"dst_height": 3, "dst_width": 7}, (3, 7), (0, 1)),
    ],
)
def test_where(of, fields, size, corner):
    pixels = np.arange(1, 13, dtype=np.uint8).reshape(3, 4, 1)
    made = Padding(**fields, pad_value=200)(of(pixels))
    expected = np.full((*size, 1), 200, np.uint8)
    expected[corner[0] : corner[0] + 3, corner[1] : corner[1] + 4] = pixels
    np.testing.assert_array_equal(made.image, expected)
    g = made.geometry
    assert (g.height, g.width, g.offset_y, g.offset_x) == (*size, *corner)


def test_a_colour_a_channel(of):
    made = Padding(size=2, pad_type="right_bottom", pad_value=[1, 2, 3])(
        of(np.zeros((1, 1, 3), np.uint8))
    )
    np.testing.assert_array_equal(made.image[1, 1], [1, 2, 3])


@pytest.mark.parametrize(
    ("mode", "expected"), [("edge", [5, 5, 5, 6, 7]), ("reflect", [7, 6, 5, 6, 7])]
)
def test_modes(of, mode, expected):
    pixels = np.array([[[5], [6], [7]]], np.uint8)
    made = Padding(dst_height=1, dst_width=5, pad_type="left_top", pad_mode=mode)(of(pixels))
    np.testing.assert_array_equal(made.image[0, :, 0], expected)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"size": 2}, "is larger than 2 x 2; put a resize before it, or use letterbox"),
        ({"size": 4, "pad_value": 300}, "pad_value 300.0 does not fit uint8"),
        ({"size": 4, "pad_value": 0.5}, "pad_value 0.5 does not fit uint8"),
        ({"size": 4, "pad_value": [1, 2]}, "pad_value has 2 values for an image of 3 channels"),
    ],
)
def test_refused(of, fields, message):
    with pytest.raises(CalibrateError) as caught:
        Padding(**fields)(of(np.zeros((3, 3, 3), np.uint8)))
    assert message in str(caught.value)
    assert caught.value.where == "images/a.png"


def test_nothing_given():
    with pytest.raises(ValidationError, match="give size"):
        Padding()
