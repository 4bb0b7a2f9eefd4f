"""Step `bgr_to_rgb`: channels in reverse order."""

import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.preprocessing.bgr_to_rgb import BgrToRgb


def test_channels_are_reversed(of):
    pixels = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    made = BgrToRgb()(of(pixels))
    np.testing.assert_array_equal(made.image, [[[3, 2, 1], [6, 5, 4]]])
    assert made.image.flags.c_contiguous


def test_refuses_one_channel(of):
    with pytest.raises(CalibrateError, match="has not three channels"):
        BgrToRgb()(of(np.zeros((2, 2, 1), np.uint8)))
