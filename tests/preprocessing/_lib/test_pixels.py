"""Pixels in and out of a sample."""

import numpy as np
import pytest

from calibrate.core.sample import Geometry, Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import pixels_of, with_pixels


def _sample(array):
    return Sample("id7", {"image": array}, None, Geometry(4, 4, 4, 4))


@pytest.mark.parametrize(
    ("shape", "expected"), [((4, 5), (4, 5, 1)), ((4, 5, 3), (4, 5, 3)), ((3, 4, 4), (3, 4, 4))]
)
def test_images(shape, expected):
    assert pixels_of(_sample(np.zeros(shape)), "image", "crop").shape == expected


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4,), r"id7: crop: 'image' of shape \(4,\) is not an image \[H, W, C\]"),
        ((0, 4, 3), "is not an image"),
        ((1, 2, 3, 4), "is not an image"),
        ((3, 224, 224), "has its channels first; put {type: layout, order: CHW->HWC}"),
    ],
)
def test_no_images(shape, message):
    with pytest.raises(CalibrateError, match=message):
        pixels_of(_sample(np.zeros(shape)), "image", "crop")


def test_missing_key():
    with pytest.raises(
        CalibrateError, match="id7: crop: the sample has no data 'x'; its data: image"
    ):
        pixels_of(_sample(np.zeros(3)), "x", "crop")


def test_geometry_is_that_of_the_image():
    sample, moved = _sample(np.zeros((4, 4, 3))), Geometry(4, 4, 2, 2)
    assert with_pixels(sample, "image", np.zeros((2, 2, 3)), moved).geometry == moved
    assert with_pixels(sample, "depth", np.zeros((2, 2, 3)), moved).geometry == sample.geometry
