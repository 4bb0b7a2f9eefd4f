"""Decode image files to pixels: HWC RGB, uint8 or uint16.

How the less common kinds are decoded:

- EXIF orientation is applied, so that the orientation is that of an image viewer.
- Alpha is dropped and the colours under it kept, as OpenCV's `imread` and torchvision's loaders
  do: models are trained on such pixels. Compositing would invent a background.
- 16-bit grey stays uint16 where `bits` says how many bits count (12 for most X-rays and CTs);
  `bits: 8` scales it by 255/65535. Without `bits` it is an error: the scale used in training
  is unknown. 16-bit colour is read with `bits: 8` only, as its high byte. Integers of 32 bits
  and floats have no known scale and are an error.
- DICOM is read by pydicom with its modality transformation: uint16, or float32 (`dicom.py`).
- CMYK and YCCK become RGB by Pillow's formula, without a colour profile.
- Of several frames or pages the first is read.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Annotated, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from pydantic import Field

from calibrate.core.component import Component
from calibrate.core.sample import Item, Sample, image_sample
from calibrate.core.text import shown
from calibrate.datasets.formats.dicom import is_dicom, read_dicom_image
from calibrate.datasets.formats.paths import regular_file
from calibrate.errors import CalibrateError

ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".gif", ".webp", ".avif",
    ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".tga", ".dcm", ".dicom",
)  # fmt: skip
"""Lower-case endings of image files that are listed in a folder."""

# Raster formats only: Pillow hands EPS to Ghostscript, which executes it.
_FORMATS = (
    "JPEG", "MPO", "PNG", "BMP", "DIB", "GIF", "WEBP", "AVIF", "TIFF", "PPM", "JPEG2000", "TGA",
)  # fmt: skip

# What Pillow's decoders raise on broken files, collected by mutating a file of every format.
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


Pixels = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]
"""[H, W, 3] RGB."""


class ImageComponent(Component):
    """Parameters that every image adapter has."""

    bits: Annotated[int, Field(ge=8, le=16)] | None = None
    """How many bits of 16-bit images count: 16, 12 for most X-rays and CTs, keeps them as uint16;
    8 scales 0-65535 to 0-255. Needed for 16-bit images only; the step `window` maps them on."""


@contextmanager
def decoding(where: str) -> Iterator[None]:
    """Convert whatever Pillow raises on a broken image to a CalibrateError at `where`."""
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
    """Open an image of a known raster format; an image too large to decode is an error.

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
        f"the header of the image gives {fact}, over the limit of {limit}; "
        "a small file that unpacks to so much (a decompression bomb) would fill the memory",
        where,
        "scale it down if it is a real image",
    )


def decode_image(data: bytes, where: str, *, bits: int | None = None) -> Pixels:
    """Return the pixels of an encoded image.

    Args:
        data: the bytes of the file.
        where: the file, for messages.
        bits: see `to_rgb`.

    Returns:
        [H, W, 3] RGB, uint8 or uint16.

    Raises:
        CalibrateError: the bytes are no image, a broken one, or one that is too large.
    """
    with decoding(where):
        return to_rgb(open_image(BytesIO(data), where), where, bits=bits)


def to_rgb(image: Image.Image, where: str, *, bits: int | None = None) -> Pixels:
    """Return the [H, W, 3] RGB pixels of an open image; see the module's docstring.

    Args:
        image: whose pixels are not loaded yet.
        where: the file, for messages.
        bits: how many bits of a 16-bit image count, its values then stay as uint16; 8 scales
            0-65535 to 0-255; with None 16-bit images are an error. 8-bit images are not affected.

    Raises:
        CalibrateError: the pixels are of a kind that has no scale, or exceed `bits`.
    """
    deep_colour = _is_deep_colour(image)
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in {"PNG", "PPM"}):
        return _deep_grey(np.asarray(image, np.uint32), bits, where)
    if image.mode in {"I", "F"}:
        kind = "32-bit integers" if image.mode == "I" else "floating-point numbers"
        raise CalibrateError(
            f"the pixels are {kind}, whose range is not known",
            where,
            "save the image with 8 or 16 bits, or use the adapter 'arrays'",
        )
    if deep_colour and bits != 8:
        raise CalibrateError(
            "the image has 16 bits a colour channel, of which Pillow reads the high byte only",
            where,
            "set `bits: 8` in the adapter if the model was trained on such bytes, "
            "else use the adapter 'arrays'",
        )
    # A copy, because an array that views Pillow's memory cannot be written to.
    return np.array(image.convert("RGB"), np.uint8)


def _is_deep_colour(image: Image.Image) -> bool:
    """Return whether decoding truncates colours to 8 bits; call before pixels are loaded."""
    if image.mode not in {"RGB", "RGBA", "RGBX", "LA", "CMYK"}:
        return False
    arguments = [tile[3] for tile in getattr(image, "tile", ())]
    words = [
        word for entry in arguments for word in (entry if isinstance(entry, tuple) else (entry,))
    ]
    if image.format == "PPM":
        return any(isinstance(word, int) and word > 255 for word in words)
    return any(isinstance(word, str) and ";16" in word for word in words)


def _deep_grey(values: NDArray[np.uint32], bits: int | None, where: str) -> Pixels:
    """Return [H, W, 3] pixels of 16-bit grey values [H, W]."""
    if bits is None:
        raise CalibrateError(
            "the image has 16 bits a pixel, and the adapter does not say how many of them count",
            where,
            "set `bits` in the adapter: 16 (12 for most X-rays and CTs) keeps the values as "
            "uint16; 8 scales 0-65535 to 0-255",
        )
    if bits == 8:
        scaled = (values * 255 + 32767) // 65535
        return np.repeat(scaled.astype(np.uint8)[:, :, np.newaxis], 3, axis=2)
    most = int(values.max(initial=0))
    if most >= 1 << bits:
        raise CalibrateError(
            f"a pixel is {most}, beyond the {bits} bits that the adapter's `bits` states",
            where,
            f"set `bits: {most.bit_length()}` or more",
        )
    return np.repeat(values.astype(np.uint16)[:, :, np.newaxis], 3, axis=2)


def read_image(path: Path, folder: Path | None = None, *, bits: int | None = None) -> Pixels:
    """Return the pixels of an image file.

    Args:
        path: of the file.
        folder: the data source that links may not leave; None where they may.
        bits: of 16-bit images, see `to_rgb`.

    Returns:
        [H, W, 3] RGB, uint8 or uint16; float32 for DICOM images with negative values.

    Raises:
        CalibrateError: the file is missing, outside, no image or a broken one.
    """
    if is_dicom(path):
        return read_dicom_image(path, folder)
    where = shown(path)
    real = regular_file(path, folder)
    with decoding(where), real.open("rb") as file:
        return to_rgb(open_image(file, where), where, bits=bits)


def read_target_image(
    path: Path, folder: Path | None = None, *, bits: int | None = None
) -> NDArray[np.uint8]:
    """Return the pixels of a target image; metrics of images compare 8 bits.

    Raises:
        CalibrateError: as `read_image`, or the image has 16 bits and `bits` is not 8.
    """
    pixels = read_image(path, folder, bits=bits)
    if pixels.dtype != np.uint8:
        raise CalibrateError(
            "the target image has 16 bits, and metrics of images compare 8",
            shown(path),
            "set `bits: 8`, or use the adapter 'arrays' with target: values",
        )
    return pixels.astype(np.uint8)


def read_image_item(item: Item, folder: Path | None = None, *, bits: int | None = None) -> Sample:
    """Return the sample of an item whose source is an image file; see `read_image`."""
    if item.source is None:
        raise CalibrateError("the item has no image file", item.id)
    sample = image_sample(item, read_image(item.source, folder, bits=bits))
    return replace(sample, source=shown(item.source))
