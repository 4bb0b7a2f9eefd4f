"""Resizing of every dtype and number of channels, against Pillow, scipy and torch's rules."""

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import map_coordinates
from skimage.transform import downscale_local_mean

from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.resampling import resample


@pytest.fixture
def pixels():
    return np.random.default_rng(2).integers(0, 256, (24, 36, 4), np.uint8)


def _linear_reference(plane, height, width):
    rows = (np.arange(height) + 0.5) * plane.shape[0] / height - 0.5
    columns = (np.arange(width) + 0.5) * plane.shape[1] / width - 0.5
    at = np.meshgrid(rows, columns, indexing="ij")
    return map_coordinates(plane.astype(np.float64), at, order=1, mode="nearest")


@pytest.mark.parametrize("size", [(10, 17), (60, 90), (24, 5), (1, 1)])
def test_linear_without_antialiasing(pixels, size):
    expected = np.stack([_linear_reference(pixels[:, :, c], *size) for c in range(4)], axis=2)
    made = resample(pixels, *size, interpolation="bilinear", antialias=False)
    assert made.dtype == np.uint8
    # OpenCV's whole numbers lose a part of a level: test_opencv_linear.py has its values.
    assert np.abs(made - expected).max() < 1
    floats = resample(pixels.astype(np.float32), *size, interpolation="bilinear", antialias=False)
    np.testing.assert_allclose(floats, expected, atol=1e-3)


def test_four_channels_are_no_transparency(pixels):
    made = resample(pixels, 12, 18, interpolation="bilinear", antialias=True)
    colours = np.asarray(
        Image.fromarray(pixels[:, :, :3]).resize((18, 12), Image.Resampling.BILINEAR)
    )
    np.testing.assert_array_equal(made[:, :, :3], colours)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int16, np.float32, np.float64])
def test_area_is_the_local_mean(pixels, dtype):
    source = (pixels // 2).astype(dtype)
    made = resample(source, 8, 12, interpolation="area", antialias=True)
    assert made.dtype == dtype
    expected = downscale_local_mean(source.astype(np.float64), (3, 3, 1))
    assert np.abs(made - expected).max() <= (0.5 + 1e-4 if source.dtype.kind in "iu" else 1e-4)


@pytest.mark.parametrize("name", ["bicubic", "lanczos"])
def test_overshoot_is_clipped(name):
    step = np.repeat(np.array([[0, 255]], np.uint8), 8, axis=1)[:, :, None]
    for dtype in (np.uint8, np.uint16):
        made = resample(step.astype(dtype), 1, 40, interpolation=name, antialias=True)
        assert made.min() == 0
        assert made.max() >= 255
        assert made.max() < 300


def test_the_same_size_is_the_same_array(pixels):
    assert resample(pixels, 24, 36, interpolation="lanczos", antialias=True) is pixels


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.bool_])
def test_refused(dtype):
    with pytest.raises(CalibrateError, match="cannot be resized; put a dtype step before it"):
        resample(
            np.zeros((4, 4, 1), dtype), 2, 2, interpolation="nearest", antialias=True, where="a"
        )
