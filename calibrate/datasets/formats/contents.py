"""The bytes of an annotation file, read with every failure named."""

from pathlib import Path

from calibrate.core.text import shown
from calibrate.datasets.formats.paths import regular_file
from calibrate.errors import CalibrateError


def read_contents(path: Path, folder: Path | None = None) -> bytes:
    """All bytes of a file.

    Args:
        path: of the file.
        folder: the data source that links may not leave; None where they may.

    Raises:
        CalibrateError: the file is missing, outside, not a regular one, or cannot be read.
    """
    real = regular_file(path, folder)
    try:
        return real.read_bytes()
    except OSError as error:
        raise CalibrateError(f"the file cannot be read ({error.strerror})", shown(path)) from error
