"""Step `grayscale`: luma as Pillow has it, Y as scikit-image has it."""

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2ycbcr

from calibrate.errors import CalibrateError
from calibrate.preprocessing.grayscale import Grayscale


def test_uint8_is_pillows_to_the_bit(of, photo):
    made = Grayscale()(of(photo))
    assert made.image.shape == (37, 53, 1)
    np.testing.assert_array_equal(
        made.image[:, :, 0], np.asarray(Image.fromarray(photo).convert("L"))
    )


def test_studio_is_the_y_of_ycbcr(of, photo):
    made = Grayscale(y_of_ycbcr="studio")(of(photo))
    np.testing.assert_array_equal(made.image[:, :, 0], np.rint(rgb2ycbcr(photo)[:, :, 0]))


@pytest.mark.parametrize(
    ("pixel", "mode", "expected"),
    [
        ([255, 255, 255], "full", 255),
        ([255, 255, 255], "studio", 235),
        ([0, 0, 0], "studio", 16),
        ([255, 0, 0], "full", 76),
        ([0, 255, 0], "full", 150),
        ([0, 0, 255], "full", 29),
    ],
)
def test_corners(of, pixel, mode, expected):
    made = Grayscale(y_of_ycbcr=mode)(of(np.array([[pixel]], np.uint8)))
    assert made.image.item() == expected


def test_floats_stay_floats(of):
    made = Grayscale()(of(np.array([[[100.0, 50.0, 20.0]]], np.float32)))
    assert made.image.dtype == np.float32
    assert made.image.item() == pytest.approx(29.9 + 29.35 + 2.28)


def test_one_channel(of):
    pixels = np.array([[[3]]], np.uint8)
    np.testing.assert_array_equal(Grayscale()(of(pixels)).image, pixels)
    with pytest.raises(CalibrateError, match="is not RGB"):
        Grayscale(y_of_ycbcr="studio")(of(pixels))
