"""Image files to pixels: whatever Pillow decodes becomes HWC uint8 RGB.

What becomes of the less common kinds:

- EXIF orientation is applied, so that the picture stands as a viewer shows it.
- Alpha is dropped and the colours under it kept, as OpenCV's `imread` and torchvision's loaders
  do: this is what models saw in training. Compositing would invent a background.
- 16-bit grey is scaled by 255/65535 (Pillow's own conversion clips at 255); 16-bit colour is
  reduced to its high byte by Pillow. Integers of 32 bits and floats have no scale of their own
  and are refused.
- CMYK and YCCK become RGB by Pillow's formula, without a colour profile.
- Of several frames or pages the first one is taken.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from calibrate.core.sample import Item, Sample, image_sample
from calibrate.core.text import shown
from calibrate.datasets.formats.paths import regular_file
from calibrate.errors import CalibrateError

ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".gif", ".webp", ".avif",
    ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".tga",
)  # fmt: skip
"""Lower-case endings by which a folder's images are found."""

# Raster formats only: Pillow hands EPS to Ghostscript, which executes it.
_FORMATS = (
    "JPEG", "MPO", "PNG", "BMP", "DIB", "GIF", "WEBP", "AVIF", "TIFF", "PPM", "JPEG2000", "TGA",
)  # fmt: skip

# What Pillow's decoders raise on broken files, found by mutating one of every format.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)


@contextmanager
def decoding(where: str) -> Iterator[None]:
    """Tell whatever Pillow raises on a broken image as one CalibrateError at `where`."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise _bomb(where) from error
    except UnidentifiedImageError as error:
        raise CalibrateError(
            "this is not an image, or one of an unknown format", where, "replace or remove it"
        ) from error
    except _BROKEN as error:
        reason = shown(str(error)) or type(error).__name__
        raise CalibrateError(
            f"the image is corrupt ({reason})", where, "replace or remove it"
        ) from error


def open_image(file: BinaryIO, where: str) -> Image.Image:
    """Open an image of a known raster format and refuse one that is too large to decode.

    Call inside `decoding(where)`; pixels are read later.

    Raises:
        CalibrateError: it has more pixels than Pillow's `MAX_IMAGE_PIXELS`.
    """
    Image.init()
    image = Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise _bomb(where, image.size)
    return image


def _bomb(where: str, size: tuple[int, int] | None = None) -> CalibrateError:
    limit = f"{(Image.MAX_IMAGE_PIXELS or 0) / 1e6:.0f} million pixels"
    fact = f"{size[0]} x {size[1]} pixels" if size else f"more than twice {limit}"
    return CalibrateError(
        f"the image says it has {fact}, over the limit of {limit}; "
        "a small file that unpacks to so much (a decompression bomb) would fill the memory",
        where,
        "scale it down if it is a real image",
    )


def decode_image(data: bytes, where: str) -> NDArray[np.uint8]:
    """Pixels of an encoded image.

    Args:
        data: the bytes of the file.
        where: the file, for messages.

    Returns:
        [H, W, 3] uint8 RGB.

    Raises:
        CalibrateError: the bytes are no image, a broken one, or one that is too large.
    """
    with decoding(where):
        return to_rgb(open_image(BytesIO(data), where), where)


def to_rgb(image: Image.Image, where: str) -> NDArray[np.uint8]:
    """[H, W, 3] uint8 RGB of an open image, as the module's docstring says.

    Raises:
        CalibrateError: the pixels are of a kind that has no scale.
    """
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in {"PNG", "PPM"}):
        wide = np.asarray(image, np.uint32)
        grey: NDArray[np.uint8] = ((wide * 255 + 32767) // 65535).astype(np.uint8)
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    if image.mode in {"I", "F"}:
        kind = "32-bit integers" if image.mode == "I" else "floating-point numbers"
        raise CalibrateError(
            f"the pixels are {kind}, whose range is not known",
            where,
            "save the image with 8 or 16 bits, or use the adapter 'arrays'",
        )
    # A copy, because an array that views Pillow's memory cannot be written to.
    return np.array(image.convert("RGB"), np.uint8)


def read_image(path: Path, folder: Path | None = None) -> NDArray[np.uint8]:
    """Pixels of an image file.

    Args:
        path: of the file.
        folder: the data source that links may not leave; None where they may.

    Returns:
        [H, W, 3] uint8 RGB.

    Raises:
        CalibrateError: the file is missing, outside, no image or a broken one.
    """
    where = shown(path)
    real = regular_file(path, folder)
    with decoding(where), real.open("rb") as file:
        return to_rgb(open_image(file, where), where)


def read_image_item(item: Item, folder: Path | None = None) -> Sample:
    """The sample of an item whose source is an image file; see `read_image`."""
    if item.source is None:
        raise CalibrateError("the item has no image file", item.id)
    sample = image_sample(item, read_image(item.source, folder))
    return replace(sample, source=shown(item.source))
