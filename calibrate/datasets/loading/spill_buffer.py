"""Keep samples in memory up to a limit, and the rest in a file.

Arrays are read back with `pread` into new memory, not mapped: a mapped page counts as memory of
the process while it is resident, so mapping would not bound memory.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.datasets.formats.folders import missing_folders, remove_empty
from calibrate.errors import CalibrateError

_LEAST = 2048
"""Least bytes of an array to write to the file; the place of a smaller one costs as much."""

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Place:
    """Place of an array in the file."""

    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class SpillBuffer:
    """Memory budget for samples, with a file for the excess; thread-safe.

    Args:
        limit: bytes.
        folder: where the file is made when needed; it has no name, so nothing is left behind.
    """

    def __init__(self, limit: int, folder: Path) -> None:
        self._left = limit
        self._folder = folder
        self._file = -1
        self._end = 0
        self._lock = Lock()

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)

    def take(self, size: int) -> bool:
        """Return whether so many bytes still fit into memory, and count them if they do."""
        with self._lock:
            fits = size <= self._left
            self._left -= size if fits else 0
        return fits

    def reserve(self, size: int) -> int:
        """Reserve so many bytes in the file and return their offset.

        Raises:
            CalibrateError: the file cannot be made.
        """
        with self._lock:
            if self._file < 0:
                self._file = _open(self._folder)
            offset = self._end
            self._end += size
        return offset

    def write(self, array: NDArray[Any], offset: int) -> None:
        """Write an array's bytes at a reserved place.

        Raises:
            CalibrateError: the disk is full, or fails.
        """
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        try:
            while data:
                written = os.pwrite(self._file, data, offset)
                data, offset = data[written:], offset + written
        except OSError as error:
            raise _cannot(self._folder, error) from error

    def read(self, place: Place) -> NDArray[Any]:
        """Read the array at a place into new memory.

        Raises:
            CalibrateError: the disk fails.
        """
        array = np.empty(place.shape, place.dtype)
        data, offset = array.reshape(-1).view(np.uint8).data, place.offset
        try:
            while data:
                count = os.preadv(self._file, [data], offset)
                if not count:
                    raise OSError(5, "the file has become shorter")
                data, offset = data[count:], offset + count
        except OSError as error:
            raise _cannot(self._folder, error) from error
        return array

    def stow(self, record: Record) -> Record:
        """Return a record with its large arrays in the file where memory does not suffice."""
        return cast("Record", _replaced(record, self._put))

    def fetch(self, record: Record) -> Record:
        """Return the record as it was given to `stow`."""
        if self._file < 0:
            return record  # nothing was written
        return cast("Record", _replaced(record, self._get))

    def _put(self, value: object) -> object:
        if not isinstance(value, np.ndarray) or self.take(value.nbytes) or value.nbytes < _LEAST:
            return value
        offset = self.reserve(value.nbytes)
        self.write(value, offset)
        return Place(offset, value.shape, value.dtype)

    def _get(self, value: object) -> object:
        return self.read(value) if isinstance(value, Place) else value


def _replaced(record: object, change: Callable[[object], object]) -> object:
    """Return a record with every array in it changed, including nested records and mappings."""
    if isinstance(record, Place):
        return change(record)
    if isinstance(record, Mapping):
        changed = {name: _replaced(value, change) for name, value in record.items()}
        return record if all(changed[name] is value for name, value in record.items()) else changed
    if is_dataclass(record) and not isinstance(record, type):
        values = {part.name: getattr(record, part.name) for part in fields(record) if part.init}
        made = {name: _replaced(value, change) for name, value in values.items()}
        if all(made[name] is values[name] for name in values):
            return record
        return replace(record, **made)
    return change(record)


def _open(folder: Path) -> int:
    made = missing_folders(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".samples-") as named:
            # The descriptor keeps the file; without a name a crash cannot leave it behind.
            file = os.dup(named.fileno())
    except OSError as error:
        raise _cannot(folder, error) from error
    remove_empty(made)
    return file


def _cannot(folder: Path, error: OSError) -> CalibrateError:
    return CalibrateError(
        f"samples that do not fit into search.memory_limit cannot be kept there: {error.strerror}",
        where=str(folder),
        hint="free space, choose another output.dir, or raise search.memory_limit",
    )
