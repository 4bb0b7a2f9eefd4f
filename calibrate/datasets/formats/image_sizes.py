"""Sizes of image files from their headers alone."""

from pathlib import Path

from calibrate.core.text import shown
from calibrate.datasets.formats.images import decoding, open_image
from calibrate.datasets.formats.paths import regular_file

_ORIENTATION = 0x0112
_ON_ITS_SIDE = {5, 6, 7, 8}


def image_size(path: Path, folder: Path | None = None) -> tuple[int, int]:
    """Height and width in pixels, as the image stands once its EXIF orientation is applied.

    Args:
        path: of the file.
        folder: the data source that links may not leave; None where they may.

    Raises:
        CalibrateError: the file is missing, outside, no image or one that is too large.
    """
    where = shown(path)
    real = regular_file(path, folder)
    with decoding(where), real.open("rb") as file:
        image = open_image(file, where)
        turned = image.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
    return (image.width, image.height) if turned else (image.height, image.width)
