"""Resizing of pixel arrays by Pillow, for every dtype and number of channels."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.opencv_linear import resize_bytes
from calibrate.preprocessing._lib.pixels import Pixels

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos", "area"]

_FILTERS: dict[Interpolation, Image.Resampling] = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "area": Image.Resampling.BOX,
}

# Integers up to 16 bits pass through float32 unchanged.
_EXACT_IN_FLOAT = ("uint8", "int8", "uint16", "int16", "float16", "float32", "float64")

Plane = NDArray[np.float32]


def resample(
    pixels: Pixels,
    height: int,
    width: int,
    *,
    interpolation: Interpolation,
    antialias: bool,
    where: str = "",
) -> Pixels:
    """Resize an image.

    With `antialias` the filter widens as the image shrinks, as `PIL.Image.resize` does (for
    uint8 with one or three channels the result is Pillow's to the bit). Without, each pixel is
    interpolated from its four neighbours however small the result is, with pixel centres at
    halves: OpenCV's linear resize, for uint8 to the bit. Interpolated integers are rounded and
    clipped.

    Args:
        pixels: [H, W, C], uint8, int8, uint16, int16 or float.
        height: of the result.
        width: of the result.
        interpolation: the filter.
        antialias: False is for `bilinear` only.
        where: the sample, for messages.

    Returns:
        [height, width, C] of the same dtype; float64 with the precision of float32.

    Raises:
        CalibrateError: the dtype is none of these.
    """
    if pixels.shape[:2] == (height, width):
        return pixels
    if pixels.dtype.name not in _EXACT_IN_FLOAT:
        raise CalibrateError(
            f"an array of {pixels.dtype} cannot be resized", where, "put a dtype step before it"
        )
    if interpolation == "bilinear" and not antialias and pixels.dtype == np.uint8:
        return resize_bytes(pixels.astype(np.uint8, copy=False), height, width)
    if interpolation == "bilinear" and not antialias:
        return _by_plane(pixels, lambda plane: _linear(plane, height, width))
    kernel = _FILTERS[interpolation]
    if pixels.dtype == np.uint8:
        if pixels.shape[2] == 3:
            return np.asarray(Image.fromarray(pixels).resize((width, height), kernel))
        # Four channels would be taken for colour and alpha, and multiplied.
        planes = [
            np.asarray(Image.fromarray(pixels[:, :, c]).resize((width, height), kernel))
            for c in range(pixels.shape[2])
        ]
        return np.stack(planes, axis=2)
    return _by_plane(
        pixels,
        lambda plane: np.asarray(Image.fromarray(plane).resize((width, height), kernel)),
    )


def _linear(plane: Plane, height: int, width: int) -> Plane:
    source_height, source_width = plane.shape
    matrix = (source_width / width, 0.0, 0.0, 0.0, source_height / height, 0.0)
    image = Image.fromarray(plane)
    resized = image.transform(
        (width, height), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )
    return np.asarray(resized)


def _by_plane(pixels: Pixels, resize: Callable[[Plane], Plane]) -> Pixels:
    planes = [resize(pixels[:, :, c].astype(np.float32)) for c in range(pixels.shape[2])]
    resized = np.stack(planes, axis=2)
    if not np.issubdtype(pixels.dtype, np.integer):
        return resized.astype(pixels.dtype)
    limits = np.iinfo(pixels.dtype)
    return np.clip(np.rint(resized), limits.min, limits.max).astype(pixels.dtype)
