"""Mask files to class ids: index and palette images, colour-coded images, renumbered ids.

A colour image whose three channels are equal is a grey one that was saved so; alpha is dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from calibrate.core.annotation import MaskTarget
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.images import decoding, open_image, read_image_item
from calibrate.datasets.formats.paths import regular_file
from calibrate.errors import CalibrateError

Colour = tuple[int, int, int]

LARGEST_ID = 65535
"""Of a class in a mask: what 16 bits hold."""

_INDEXED = {"1", "L", "P", "LA", "PA", "I", "I;16", "I;16B", "I;16L", "I;16N"}
_COLOURED = {"RGB", "RGBA", "RGBX"}


@dataclass(frozen=True, slots=True)
class MaskCoding:
    """How the pixels of a mask file mean classes.

    Attributes:
        colours: class id by colour, for RGB files; None where they are not expected.
        palette_by_colour: whether the palette's colours count, and not its indices.
        renumbered: class id by the id in the file; what is not in it stays as it is.
        count: how many classes there are, None where that is not known.
        ignore: the id of pixels that do not count, None if there is none.
        threshold: grey values from this on are class 1 and others class 0; None: values are ids.
    """

    colours: Mapping[Colour, int] | None = None
    palette_by_colour: bool = False
    renumbered: Mapping[int, int] = field(default_factory=dict)
    count: int | None = None
    ignore: int | None = 255
    threshold: int | None = None


def read_masked(
    item: Item,
    coding: MaskCoding,
    folders: tuple[Path | None, Path | None],
    *,
    bits: int | None = None,
) -> Sample:
    """The sample of an image file and a mask file.

    Args:
        item: names both files.
        coding: of the mask.
        folders: what links of the image and of the mask may not leave; None where they may.
        bits: of a 16-bit image, see `to_rgb`.

    Raises:
        CalibrateError: a file cannot be decoded, their sizes differ, or a pixel has no class.
    """
    sample = read_image_item(item, folders[0], bits=bits)
    if item.target_source is None:
        raise CalibrateError("the entry has no mask file", item.id)
    mask = read_mask(item.target_source, coding, folders[1])
    height, width = sample.image.shape[:2]
    if mask.shape != (height, width):
        raise CalibrateError(
            f"the mask is {mask.shape[1]}x{mask.shape[0]}, the image {width}x{height}",
            shown(item.target_source),
            "an image with an EXIF orientation is turned, its mask has to be as well",
        )
    return replace(sample, annotation=MaskTarget(mask, coding.ignore))


def read_mask(path: Path, coding: MaskCoding, folder: Path | None = None) -> NDArray[np.integer]:
    """Class ids of a mask file: [H, W] uint8, or int32 where ids are above 255.

    Raises:
        CalibrateError: the file cannot be decoded, or a pixel has no class.
    """
    where = shown(path)
    real = regular_file(path, folder)
    with decoding(where), real.open("rb") as file:
        image = open_image(file, where)
        by_colour = image.mode in _COLOURED or (coding.palette_by_colour and image.mode == "P")
        if by_colour and coding.colours is not None:
            pixels = np.asarray(image.convert("RGB"))
            ids = _by_colour(pixels, coding.colours, where)
        else:
            ids = _indices(image, where)
            if coding.threshold is not None:
                ids = (ids >= coding.threshold).astype(np.uint8)
    return _checked(_renumbered(ids, coding.renumbered), coding, where)


def _indices(image: Image.Image, where: str) -> NDArray[np.integer]:
    if image.mode in _COLOURED:
        grey = _grey_of_colours(image)
        if grey is not None:
            return grey
    if image.mode not in _INDEXED:
        raise CalibrateError(
            f"the mask is a colour image ({image.mode}), and no colours of classes are given",
            where,
            "give the colours of the classes, or save class ids as 8-bit grey or palette images",
        )
    pixels = np.asarray(image)
    plane = pixels[..., 0] if pixels.ndim == 3 else pixels
    ids: NDArray[np.integer] = plane.astype(np.uint8 if plane.dtype.itemsize == 1 else np.int32)
    return ids


def _grey_of_colours(image: Image.Image) -> NDArray[np.uint8] | None:
    """Class ids of a grey mask that was saved as a colour image: all channels hold the same."""
    red, green, blue = (np.asarray(band) for band in image.convert("RGB").split())
    return red if np.array_equal(red, green) and np.array_equal(red, blue) else None


def _by_colour(
    pixels: NDArray[np.uint8], colours: Mapping[Colour, int], where: str
) -> NDArray[np.integer]:
    packed = pixels.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    known = {red << 16 | green << 8 | blue: key for (red, green, blue), key in colours.items()}
    keys = np.array(sorted(known), np.int32)
    ids = np.array([known[key] for key in keys.tolist()], np.int32)
    places = np.searchsorted(keys, packed).clip(max=len(keys) - 1)
    strange = keys[places] != packed
    if strange.any():
        row, column = np.argwhere(strange)[0].tolist()
        raise CalibrateError(
            f"the colour {tuple(pixels[row, column].tolist())} in row {row}, column {column} is "
            f"that of no class ({np.count_nonzero(strange)} such pixels)",
            where,
            "complete the colours; lossy formats such as JPEG cannot hold masks",
        )
    class_ids: NDArray[np.integer] = ids[places]
    return class_ids


def _renumbered(ids: NDArray[np.integer], numbers: Mapping[int, int]) -> NDArray[np.integer]:
    if not numbers or not ids.size:
        return ids
    low, high = int(ids.min()), int(ids.max())
    if low < 0 or high > LARGEST_ID:
        return ids
    table = np.arange(high + 1, dtype=np.int32)
    for old, new in numbers.items():
        if 0 <= old <= high:
            table[old] = new
    renumbered: NDArray[np.integer] = table[ids]
    return renumbered


def _checked(ids: NDArray[np.integer], coding: MaskCoding, where: str) -> NDArray[np.integer]:
    limit = LARGEST_ID + 1 if coding.count is None else coding.count
    strange = (ids < 0) | (ids >= limit)
    if coding.ignore is not None:
        strange &= ids != coding.ignore
    if strange.any():
        row, column = np.argwhere(strange)[0].tolist()
        raise CalibrateError(
            f"the id {ids[row, column]} in row {row}, column {column} is neither one of the "
            f"{limit} classes nor the ignored one ({np.count_nonzero(strange)} such pixels)",
            where,
            "correct the mask, the list of classes or the id that is ignored",
        )
    small = not ids.size or int(ids.max()) < 256
    return ids.astype(np.uint8 if small else np.int32)
