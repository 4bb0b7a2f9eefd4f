"""A small picture of a sample, as text."""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SMALL = 96
"""Pixels of the longer side, by default."""
_QUALITY = 72


def thumbnail(pixels: NDArray[np.generic], side: int = SMALL) -> str:
    """A JPEG of at most `side` pixels a side, in base64.

    Args:
        pixels: HW or HWC with 1, 3 or 4 channels; uint8, or numbers of any range, which is
            stretched to all greys.
        side: of the picture.

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


def _as_bytes(picture: NDArray[np.generic]) -> NDArray[np.uint8]:
    if picture.dtype == np.uint8:
        return np.ascontiguousarray(picture, np.uint8)
    values = np.nan_to_num(picture.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    stretched = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return (255 * stretched).round().astype(np.uint8)
