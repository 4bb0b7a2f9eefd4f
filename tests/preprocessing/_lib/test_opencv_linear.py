"""Values of `cv2.resize` (OpenCV 4.10, INTER_LINEAR) on pixels of a seed."""

import hashlib

import numpy as np
import pytest

from calibrate.preprocessing._lib.opencv_linear import resize_bytes

RANDOM = np.random.default_rng(0)
SHRUNK, GROWN, HALVED, LARGE = (
    RANDOM.integers(0, 256, shape).astype(np.uint8)
    for shape in ((5, 7, 3), (3, 4, 1), (4, 6, 3), (480, 643, 3))
)


@pytest.mark.parametrize(
    ("pixels", "size", "first_channel"),
    [
        (SHRUNK, (3, 4), [[163, 40, 165, 131], [65, 69, 193, 200], [137, 97, 82, 134]]),
        (
            GROWN,
            (5, 6),
            [
                [224, 122, 19, 15, 92, 171],
                [169, 119, 62, 31, 107, 190],
                [86, 116, 128, 56, 129, 220],
                [103, 149, 186, 147, 166, 196],
                [115, 172, 224, 207, 191, 180],
            ],
        ),
        (HALVED, (2, 3), [[152, 119, 140], [184, 125, 108]]),
    ],
)
def test_small(pixels, size, first_channel):
    resized = resize_bytes(pixels, *size)
    assert resized.shape == (*size, pixels.shape[2])
    assert resized[..., 0].tolist() == first_channel


@pytest.mark.parametrize(
    ("size", "digest"),
    [
        ((300, 300), "3b27b9661caf2335"),
        ((227, 227), "54f73dd467ffc286"),
        ((700, 1000), "d6a537944c2a735c"),
        ((240, 321), "f795b2bccf4da6a8"),
        ((1, 1), "64ab0238afb6e1c8"),
    ],
)
def test_large(size, digest):
    resized = resize_bytes(LARGE, *size)
    assert hashlib.sha256(resized.tobytes()).hexdigest()[:16] == digest
