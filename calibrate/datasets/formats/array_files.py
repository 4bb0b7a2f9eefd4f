"""Arrays of `.npy` and `.npz` files, and of folders of `.npy`, by name; pickles never."""

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def array_names(path: Path) -> Mapping[str, Stamp]:
    """The file of each array that a path holds, by the array's name.

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
    """One array, of booleans or numbers; not to be written to.

    An `.npy` is mapped, so that only what is looked at takes memory; an array of an `.npz` is
    read whole.

    Raises:
        CalibrateError: the file is broken, has no such array, or holds Python objects or text.
    """
    try:
        found = np.load(stamp.path, mmap_mode="r", allow_pickle=False)
        if isinstance(found, np.lib.npyio.NpzFile):
            with found:
                found = found[name]
    except _BROKEN as error:
        raise _broken(error, stamp.path) from error
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
        kind = getattr(found, "dtype", "no array")
        raise CalibrateError(f"array '{shown(name)}' holds no numbers ({kind})", shown(stamp.path))
    return found


def _broken(error: BaseException, path: Path) -> CalibrateError:
    if "allow_pickle" in str(error):
        return CalibrateError(
            "the file holds pickled Python objects, which are never loaded",
            shown(path),
            "save arrays of numbers",
        )
    reason = shown(str(error)) or type(error).__name__
    return CalibrateError(f"the file is not an array that numpy reads ({reason})", shown(path))
