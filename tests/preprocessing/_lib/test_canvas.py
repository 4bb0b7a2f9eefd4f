"""Borders: colours that fit the pixels, and where the image goes."""

import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.canvas import border_colour, enlarge


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (114, np.uint8, [114, 114, 114]),
        ((1, 2, 3), np.uint8, [1, 2, 3]),
        (0.5, np.float32, [0.5] * 3),
    ],
)
def test_colour(value, dtype, expected):
    colour = border_colour(value, np.zeros((2, 2, 3), dtype), "a")
    assert colour.dtype == dtype
    assert colour.tolist() == expected


@pytest.mark.parametrize("value", [-1, 256, 0.5, (1, 2), (1, 2, 3, 4)])
def test_colours_that_do_not_fit(value):
    with pytest.raises(CalibrateError, match=r"a\.png: pad_value"):
        border_colour(value, np.zeros((2, 2, 3), np.uint8), "a.png")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("constant", [9, 1, 2, 3, 9]), ("edge", [1, 1, 2, 3, 3]), ("reflect", [2, 1, 2, 3, 2])],
)
def test_modes(mode, expected):
    row = np.array([1, 2, 3], np.uint8).reshape(1, 3, 1)
    made = enlarge(row, 1, 5, corner=(0, 1), colour=np.array([9], np.uint8), mode=mode)
    assert made[0, :, 0].tolist() == expected
