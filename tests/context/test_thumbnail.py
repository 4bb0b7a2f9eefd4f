import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from calibrate.context.thumbnail import thumbnail


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
