"""Read arrays of `.npy` and `.npz` files and folders of `.npy`; pickles are never loaded."""

import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.container_limits import free_memory
from calibrate.core.text import shown
from calibrate.datasets.formats.paths import Stamp, list_files
from calibrate.errors import CalibrateError

# What numpy and zipfile raise on broken files.
_BROKEN = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)

_LARGE = 256 << 20
"""Bytes up to which an array may have any compression ratio."""
_REASON = 200
"""Characters of numpy's own message; it may quote a whole header."""
_CLOSEST = 200
"""Largest plausible compression ratio of measured data; zeros compress 1,000 times."""


def array_names(path: Path) -> Mapping[str, Stamp]:
    """Return the file of each array in a path, by the array's name.

    Args:
        path: an `.npz`, an `.npy` (its stem is the name), or a folder of `.npy`.

    Raises:
        CalibrateError: there is no array.
    """
    if path.is_dir():
        files = [path / name for name in list_files(path, (".npy",)) if "/" not in name]
        if not files:
            raise CalibrateError("there is no .npy in this folder", shown(path))
        return {file.stem: Stamp.of(file) for file in files}
    stamp = Stamp.of(path)
    if path.suffix.lower() != ".npz":
        return {path.stem: stamp}
    names = _names_of_npz(stamp)
    if not names:
        raise CalibrateError("there is no array in this file", shown(path))
    return dict.fromkeys(names, stamp)


def _names_of_npz(stamp: Stamp) -> list[str]:
    try:
        with zipfile.ZipFile(stamp.path) as archive:
            return [n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")]
    except _BROKEN as error:
        raise _broken(error, stamp.path) from error


@lru_cache(maxsize=16)
def load_array(stamp: Stamp, name: str) -> NDArray[Any]:
    """Load an array of booleans or numbers; the result is not to be written to.

    An `.npy` is memory-mapped, so that only the pages read take memory; an array of an `.npz` is
    read whole.

    Raises:
        CalibrateError: the file is broken, has no such array, or contains Python objects or text.
    """
    try:
        if stamp.path.suffix.lower() == ".npz":
            _refuse_too_large(stamp.path, name)
        content = np.load(stamp.path, mmap_mode="r", allow_pickle=False)
        if isinstance(content, np.lib.npyio.NpzFile):
            with content:
                content = content[name]
    except _BROKEN as error:
        raise _broken(error, stamp.path) from error
    if not isinstance(content, np.ndarray) or content.dtype.kind not in "biuf":
        kind = getattr(content, "dtype", "no array")
        raise CalibrateError(
            f"array '{shown(name)}' contains no numbers ({kind})", shown(stamp.path)
        )
    return content


def _refuse_too_large(path: Path, name: str) -> None:
    """Check before unpacking that an array of an archive has a plausible size.

    Raises:
        CalibrateError: it would take more than half of the memory that is free, or its
            compression ratio is beyond that of measured data.
    """
    with zipfile.ZipFile(path) as archive:
        entries = {info.filename: info for info in archive.infolist()}
        info = entries.get(f"{name}.npy")
        if info is None:
            return
        with archive.open(info) as stream:
            unpacked = max(info.file_size, _bytes_of_array(stream))
    free = free_memory()
    close = unpacked > _LARGE and unpacked > _CLOSEST * max(1, info.compress_size)
    if not close and unpacked <= free // 2:
        return
    raise CalibrateError(
        f"array '{shown(name)}' takes {unpacked / 2**30:.1f} GiB unpacked from "
        f"{info.compress_size / 2**20:.1f} MiB, and {free / 2**30:.1f} GiB of memory are free",
        shown(path),
        "is the file from a source that you trust? An .npy is read piece by piece instead",
    )


def _bytes_of_array(stream: IO[bytes]) -> int:
    """Return the size in bytes according to the header of an array."""
    version = np.lib.format.read_magic(stream)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(stream)
    return math.prod(shape) * dtype.itemsize


def _broken(error: BaseException, path: Path) -> CalibrateError:
    if "allow_pickle" in str(error):
        return CalibrateError(
            "the file holds pickled Python objects, which are never loaded",
            shown(path),
            "save arrays of numbers",
        )
    reason = shown(str(error)[:_REASON]) or type(error).__name__
    return CalibrateError(f"the file is not an array that numpy reads ({reason})", shown(path))
