"""Make a small picture of a sample, as text."""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from calibrate.core.predictions.base import Pixel
from calibrate.core.sample import Geometry

SMALL = 96
"""Pixels of the longer side, by default."""
_QUALITY = 72

_COLOURS = ((0, 0, 0), (255, 60, 50), (40, 210, 120), (255, 190, 40), (255, 255, 255))
"""By `Pixel`: nothing, lost, new, changed, outline."""
_OPACITIES = (0, 225, 150, 190, 220)
_HATCH = 6
"""Pixels from one line of the hatching to the next."""


def thumbnail(pixels: NDArray[np.generic], side: int = SMALL) -> str:
    """Return a JPEG of at most `side` pixels a side, in base64.

    Args:
        pixels: HW or HWC with 1, 3 or 4 channels; uint8, or numbers of any range, which is
            stretched to all greys.
        side: pixels of the picture's longer side.

    Returns:
        Empty where the array is no picture.
    """
    picture = pixels[:, :, np.newaxis] if pixels.ndim == 2 else pixels
    if picture.ndim != 3 or picture.shape[2] not in (1, 3, 4) or 0 in picture.shape:
        return ""
    grey = _as_bytes(picture[:, :, :3])
    image = Image.fromarray(np.repeat(grey, 3, axis=2) if grey.shape[2] == 1 else grey)
    image.thumbnail((side, side))
    encoded = BytesIO()
    image.save(encoded, "JPEG", quality=_QUALITY, optimize=True)
    return base64.b64encode(encoded.getvalue()).decode("ascii")


def overlay_png(pixels: NDArray[np.uint8], geometry: Geometry, side: int) -> str:
    """Return a transparent PNG to lay over the thumbnail of the same image, in base64.

    Args:
        pixels: [H, W] of `Pixel`: of the source image, or of the model's input at any resolution.
        geometry: how the input relates to the source image.
        side: pixels of the picture's longer side, as of the thumbnail.

    Returns:
        Empty where nothing is shown, and for arrays that are not 2D.
    """
    if pixels.ndim != 2 or not pixels.any():
        return ""
    codes = _on_source(pixels, geometry, side)
    rows, columns = np.indices(codes.shape)
    # Lost pixels are hatched, so that they can be distinguished without colour.
    codes[(codes == Pixel.LOST) & ((rows + columns) % _HATCH >= _HATCH // 2)] = Pixel.NOTHING
    picture = Image.fromarray(codes, "P")
    picture.putpalette([channel for colour in _COLOURS for channel in colour])
    encoded = BytesIO()
    picture.save(encoded, "PNG", transparency=bytes(_OPACITIES), optimize=True)
    return base64.b64encode(encoded.getvalue()).decode("ascii")


def _on_source(pixels: NDArray[np.uint8], geometry: Geometry, side: int) -> NDArray[np.uint8]:
    """Read the overlay at the pixels of a picture of the source image, by nearest neighbour."""
    source = (geometry.source_height, geometry.source_width)
    scale = min(1.0, side / max(source))
    height, width = (max(1, round(edge * scale)) for edge in source)
    y = (np.arange(height) + 0.5) * source[0] / height
    x = (np.arange(width) + 0.5) * source[1] / width
    if pixels.shape != source:
        y = (y * geometry.scale_y + geometry.offset_y) * pixels.shape[0] / geometry.height
        x = (x * geometry.scale_x + geometry.offset_x) * pixels.shape[1] / geometry.width
    rows, columns = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    inside = ((rows >= 0) & (rows < pixels.shape[0]))[:, None] & (
        (columns >= 0) & (columns < pixels.shape[1])
    )
    read = pixels[rows.clip(0, pixels.shape[0] - 1)][:, columns.clip(0, pixels.shape[1] - 1)]
    return np.where(inside, read, np.uint8(Pixel.NOTHING))


def _as_bytes(picture: NDArray[np.generic]) -> NDArray[np.uint8]:
    if picture.dtype == np.uint8:
        return np.ascontiguousarray(picture, np.uint8)
    values = np.nan_to_num(picture.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    stretched = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return (255 * stretched).round().astype(np.uint8)
