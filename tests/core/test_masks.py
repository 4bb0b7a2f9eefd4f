"""Class maps and masks on one grid, against Pillow and torch."""

import numpy as np
import pytest
from PIL import Image

from calibrate.core.masks import arg_max_at, grid, mask_at_input, nearest
from calibrate.core.sample import Geometry
from calibrate.errors import CalibrateError


@pytest.fixture
def mask():
    return np.random.default_rng(1).integers(0, 21, (37, 53), np.uint8)


@pytest.mark.parametrize("size", [(64, 64), (20, 31), (37, 53), (513, 513)])
def test_mask_after_a_plain_resize_is_pillows_nearest(mask, size):
    geometry = Geometry(37, 53, 37, 53).resized(*size)
    expected = np.asarray(Image.fromarray(mask).resize(size[::-1], Image.Resampling.NEAREST))
    np.testing.assert_array_equal(mask_at_input(mask, geometry, size, 255), expected)


def test_mask_after_padding_and_cropping(mask):
    padded = Geometry(37, 53, 37, 53).shifted(2, 3, 45, 60)
    result = mask_at_input(mask, padded, (45, 60), 255)
    np.testing.assert_array_equal(result[2:39, 3:56], mask)
    result[2:39, 3:56] = 255
    assert (result == 255).all()
    cropped = Geometry(37, 53, 37, 53).shifted(-2, -3, 30, 40)
    result = mask_at_input(mask, cropped, (30, 40), 255)
    np.testing.assert_array_equal(result, mask[2:32, 3:43])


def test_prediction_comes_back_to_the_mask(mask):
    letterboxed = Geometry(37, 53, 37, 53).resized(74, 106).shifted(5, 0, 84, 106)
    at_input = mask_at_input(mask, letterboxed, (84, 106), 255)
    back = nearest(at_input, grid(letterboxed, (84, 106), "mask"))
    np.testing.assert_array_equal(back, mask)


def test_a_crop_has_no_prediction_for_all(mask):
    cropped = Geometry(37, 53, 37, 53).shifted(0, -3, 37, 40)
    with pytest.raises(
        CalibrateError, match=r"a\.jpg: the preprocessing cuts off part of the image"
    ):
        grid(cropped, (37, 40), "mask", "a.jpg")


def test_logits_are_interpolated_before_the_arg_max():
    torch = pytest.importorskip("torch")
    logits = np.random.default_rng(3).normal(size=(5, 9, 13)).astype(np.float32)
    upsampled = torch.nn.functional.interpolate(
        torch.from_numpy(logits)[None], (50, 60), mode="bilinear", align_corners=False
    )[0].numpy()
    at = grid(Geometry(50, 60, 50, 60), (9, 13), "input")
    result = arg_max_at(logits, at)
    assert result.dtype == np.uint8
    assert np.mean(result != upsampled.argmax(axis=0)) < 1e-3


def test_without_resizing_it_is_the_plain_arg_max():
    logits = np.random.default_rng(4).normal(size=(300, 4, 5))
    at = np.arange(4) + 0.5, np.arange(5) + 0.5
    result = arg_max_at(logits, at)
    assert result.dtype == np.int32
    np.testing.assert_array_equal(result, logits.argmax(axis=0))
