"""Step `crop`: where the centre is, and what it refuses."""

import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.errors import CalibrateError
from calibrate.preprocessing.crop import Crop


def _numbered(height, width):
    return (np.arange(height)[:, None] * 16 + np.arange(width)).astype(np.uint8)[:, :, None]


@pytest.mark.parametrize(
    ("fields", "shape", "corner", "size"),
    [
        ({"size": 4}, (10, 8), (3, 2), (4, 4)),
        ({"size": 3}, (6, 8), (1, 2), (3, 3)),
        ({"size": 3, "rounding": "half_even"}, (6, 8), (2, 2), (3, 3)),
        ({"size": 3, "rounding": "half_even"}, (4, 8), (0, 2), (3, 3)),
        ({"dst_height": 2, "dst_width": 6}, (10, 8), (4, 1), (2, 6)),
        ({"central_fraction": 0.5}, (10, 7), (2, 2), (5, 3)),
        ({"max_square": True}, (10, 7), (1, 0), (7, 7)),
        ({"size": 8}, (8, 8), (0, 0), (8, 8)),
    ],
)
def test_where(of, fields, shape, corner, size):
    pixels = _numbered(*shape)
    made = Crop(**fields)(of(pixels))
    (top, left), (height, width) = corner, size
    np.testing.assert_array_equal(made.image, pixels[top : top + height, left : left + width])
    g = made.geometry
    assert (g.height, g.width, g.offset_y, g.offset_x) == (height, width, -top, -left)


def test_smaller_image(of):
    with pytest.raises(CalibrateError) as caught:
        Crop(size=9)(of(_numbered(8, 10)))
    assert str(caught.value) == (
        "images/a.png: crop: 9 x 9 is larger than the image, 8 x 10; "
        "put a resize or a padding before it"
    )


@pytest.mark.parametrize("fields", [{}, {"size": 3, "max_square": True}, {"dst_width": 3}])
def test_impossible_fields(fields):
    with pytest.raises(ValidationError):
        Crop(**fields)
