import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from calibrate.context.thumbnail import overlay_png, thumbnail
from calibrate.core.predictions.base import Pixel
from calibrate.core.sample import Geometry


def opened(text):
    return Image.open(BytesIO(base64.b64decode(text)))


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((300, 600, 3), (96, 48)),
        ((32, 32, 3), (32, 32)),
        ((28, 28), (28, 28)),
        ((28, 28, 1), (28, 28)),
        ((200, 100, 4), (48, 96)),
    ],
)
def test_small_and_in_proportion(shape, size):
    assert opened(thumbnail(np.zeros(shape, np.uint8))).size == size


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4, 3), (8, 8, 2), (0, 8, 3), (3, 8, 8)])
def test_what_is_no_picture(shape):
    assert thumbnail(np.zeros(shape, np.uint8)) == ""


@pytest.mark.parametrize("dtype", [np.float32, np.int16, bool])
def test_other_numbers_are_stretched(dtype):
    ramp = np.zeros((16, 16), dtype)
    ramp[:, 8:] = 1
    pixels = np.asarray(opened(thumbnail(ramp)).convert("L"))
    assert pixels[:, 0].max() < 20
    assert pixels[:, -1].min() > 235


def test_what_is_no_number_is_black():
    picture = np.full((16, 16), np.nan, np.float32)
    assert np.asarray(opened(thumbnail(picture))).max() < 10


def test_sixty_noisy_pictures_are_small():
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    assert len(thumbnail(noise)) < 16_000


SOURCE = Geometry(source_height=20, source_width=40, height=20, width=40)
"""The input is the source image."""


def overlay(pixels, geometry, side=40):
    """[H, W] of `Pixel`, as the picture's palette has them."""
    return np.asarray(opened(overlay_png(pixels, geometry, side)))


def test_an_overlay_has_a_colour_for_each_kind_of_pixel_and_hatches_what_is_lost():
    pixels = np.zeros((20, 40), np.uint8)
    pixels[:, 10:20], pixels[:, 20:30] = Pixel.LOST, Pixel.NEW
    shown = overlay(pixels, SOURCE)
    assert shown.shape == (20, 40)
    assert not shown[:, :10].any()
    assert (shown[:, 20:30] == Pixel.NEW).all()
    hatched = shown[:, 10:20]
    assert set(hatched.ravel().tolist()) == {Pixel.NOTHING, Pixel.LOST}
    assert (hatched == Pixel.LOST).mean() == pytest.approx(0.5, abs=0.1)
    picture = opened(overlay_png(pixels, SOURCE, 40)).convert("RGBA")
    assert picture.getpixel((25, 5)) == (40, 210, 120, 150)
    assert picture.getpixel((2, 5))[3] == 0


def test_an_overlay_of_the_input_lies_on_the_source_image():
    # The input has 30 x 30 pixels: the source, halved, stands at row 10 and column 5.
    letterboxed = SOURCE.resized(10, 20).shifted(10, 5, 30, 30)
    pixels = np.zeros((30, 30), np.uint8)
    pixels[10:20, 5:15] = Pixel.CHANGED  # the left half of the source
    pixels[:10] = Pixel.NEW  # padding, which is not shown
    shown = overlay(pixels, letterboxed, side=20)
    assert shown.shape == (10, 20)
    assert (shown[:, :10] == Pixel.CHANGED).all()
    assert not shown[:, 10:].any()


def test_what_the_input_does_not_show_of_the_source_stays_empty():
    cropped = SOURCE.shifted(0, -20, 20, 20)  # its right half alone
    shown = overlay(np.full((20, 20), Pixel.OUTLINE, np.uint8), cropped)
    assert not shown[:, :20].any()
    assert (shown[:, 20:] == Pixel.OUTLINE).all()


@pytest.mark.parametrize("shape", [(20, 40), (20, 40, 1), (5,)])
def test_nothing_to_show_is_no_overlay(shape):
    assert overlay_png(np.zeros(shape, np.uint8), SOURCE, 40) == ""
