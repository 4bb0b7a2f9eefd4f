"""Placing an image on a larger canvas."""

from typing import Literal

import numpy as np

from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import Pixels

PadMode = Literal["constant", "edge", "reflect"]


def border_colour(value: float | tuple[float, ...], pixels: Pixels, where: str) -> Pixels:
    """The border's colour, [C] in the dtype of the pixels.

    Raises:
        CalibrateError: the number of values is not that of the channels, or the dtype cannot
            hold one of them.
    """
    channels = pixels.shape[2]
    wanted = np.atleast_1d(np.asarray(value, np.float64))
    if wanted.size not in (1, channels):
        raise CalibrateError(
            f"pad_value has {wanted.size} values for an image of {channels} channels", where
        )
    if np.issubdtype(pixels.dtype, np.integer):
        limits = np.iinfo(pixels.dtype)
        if np.any((wanted < limits.min) | (wanted > limits.max) | (wanted != np.rint(wanted))):
            raise CalibrateError(
                f"pad_value {value} does not fit {pixels.dtype} pixels",
                where,
                "pad after the normalization if the value belongs to its range",
            )
    return np.broadcast_to(wanted.astype(pixels.dtype), (channels,))


def enlarge(
    pixels: Pixels,
    height: int,
    width: int,
    *,
    corner: tuple[int, int],
    colour: Pixels,
    mode: PadMode = "constant",
) -> Pixels:
    """The image on a canvas of height x width.

    Args:
        pixels: [H, W, C], not larger than the canvas.
        height: of the canvas.
        width: of the canvas.
        corner: top and left: where the image's first pixel goes.
        colour: of the border, [C]; for `constant`.
        mode: what the border repeats: a colour, the edge, or the image mirrored at its edge.

    Returns:
        [height, width, C] of the same dtype.
    """
    top, left = corner
    rows, columns = pixels.shape[:2]
    if mode != "constant":
        border = ((top, height - rows - top), (left, width - columns - left), (0, 0))
        return np.pad(pixels, border, mode=mode)
    canvas = np.empty((height, width, pixels.shape[2]), pixels.dtype)
    canvas[:] = colour
    canvas[top : top + rows, left : left + columns] = pixels
    return canvas
