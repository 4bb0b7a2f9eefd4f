"""OpenCV's linear resize of bytes, to the bit: whole numbers with 11 bits of each weight.

Source: `resizeLinear` of OpenCV's imgproc/src/resize.cpp, 4.x. Where both sides halve exactly it
averages four pixels instead.
"""

import numpy as np
from numpy.typing import NDArray

_ONE = np.float32(2048)
"""A weight of 1: INTER_RESIZE_COEF_SCALE."""

Integers = NDArray[np.int32]


def resize_bytes(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """What `cv2.resize(pixels, (width, height))` gives.

    Args:
        pixels: [H, W, C].
        height: of the result.
        width: of the result.

    Returns:
        [height, width, C].
    """
    values = pixels.astype(np.int32)
    if pixels.shape[:2] == (2 * height, 2 * width):
        four: Integers = values.reshape(height, 2, width, 2, -1).sum(axis=(1, 3), dtype=np.int32)
        return np.right_shift(four + 2, 2).astype(np.uint8)
    first, second, weight, rest = _neighbours(pixels.shape[1], width, keeps_edge=True)
    rows = values[:, first] * weight[:, None] + values[:, second] * rest[:, None]
    rows >>= 4
    first, second, weight, rest = _neighbours(pixels.shape[0], height, keeps_edge=False)
    upper = (rows[first] * weight[:, None, None]) >> 16
    lower = (rows[second] * rest[:, None, None]) >> 16
    levels: Integers = np.clip((upper + lower + 2) >> 2, 0, 255)
    return levels.astype(np.uint8)


def _neighbours(
    source: int, target: int, *, keeps_edge: bool
) -> tuple[Integers, Integers, Integers, Integers]:
    """The two source positions of each target position, and their weights, all [target].

    Args:
        source: positions.
        target: positions.
        keeps_edge: whether beyond the outermost centres the edge has the whole weight, as OpenCV
            has it along a row; along a column both weights count, each rounded down.
    """
    place = ((np.arange(target) + 0.5) * (source / target) - 0.5).astype(np.float32)
    first = np.floor(place).astype(np.int32)
    share = (place - first).astype(np.float32)
    if keeps_edge:
        share[(first < 0) | (first >= source - 1)] = 0
    second = np.clip(first + 1, 0, source - 1)
    first = np.clip(first, 0, source - 1)
    rest = np.rint(share * _ONE).astype(np.int32)
    weight = np.rint((np.float32(1) - share) * _ONE).astype(np.int32)
    return first, second, weight, rest
