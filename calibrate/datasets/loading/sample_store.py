"""What is kept of samples, looking as if all of it were in memory."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from copy import copy
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from calibrate.core.tensors import RecordStore
from calibrate.datasets.loading.spill_buffer import Place, SpillBuffer

Record = TypeVar("Record")


class SpilledMapping(MutableMapping[int, Record]):
    """Records by the index of their sample, as far as there is room in memory; else in the file.

    Args:
        room: shared with whatever else is kept of the samples; None keeps all in memory.
    """

    def __init__(self, room: RecordStore | None = None) -> None:
        self._room = room
        self._records: dict[int, Record] = {}

    def __getitem__(self, index: int) -> Record:
        record = self._records[index]
        return self._room.fetch(record) if self._room else record

    def __setitem__(self, index: int, record: Record) -> None:
        self._records[index] = self._room.stow(record) if self._room else record

    def __delitem__(self, index: int) -> None:
        del self._records[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


class StoredRows:
    """An array [N, ...] in the file; what is asked of it is read.

    Args:
        room: has the file.
        shape: with the number of rows first.
        dtype: of an element.
    """

    def __init__(self, room: SpillBuffer, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._room = room
        self._row = shape[1:]
        self._bytes = int(np.prod(self._row)) * dtype.itemsize
        self._begin = room.reserve(self._bytes * shape[0])
        self._order = np.arange(shape[0])
        self.dtype = dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """With the number of rows first."""
        return (len(self._order), *self._row)

    def picked(self, rows: Sequence[int]) -> "StoredRows":
        """Some of the rows, in the same file."""
        selected = copy(self)
        selected._order = self._order[list(rows)]  # noqa: SLF001  # of its own class
        return selected

    def __len__(self) -> int:
        return len(self._order)

    def __setitem__(self, row: int, value: NDArray[Any]) -> None:
        array = np.broadcast_to(np.asarray(value, self.dtype), self._row)
        self._room.write(array, self._begin + int(self._order[row]) * self._bytes)

    def __getitem__(self, rows: int | slice | Sequence[int]) -> NDArray[Any]:
        chosen = self._order[rows]
        if chosen.ndim == 0:
            return self._read(int(chosen))
        if not len(chosen):
            return np.empty((0, *self._row), self.dtype)
        return np.stack([self._read(int(row)) for row in chosen])

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self._read(int(row)) for row in self._order)

    def _read(self, row: int) -> NDArray[Any]:
        place = Place(self._begin + row * self._bytes, self._row, self.dtype)
        return self._room.read(place)


class StoredRecords(Sequence[Record]):
    """Records of which large arrays are in the file; each is whole when it is asked for.

    Args:
        room: has the file.
        records: as `Room.stow` gave them.
    """

    def __init__(self, room: SpillBuffer, records: Sequence[Record]) -> None:
        self._room = room
        self._records = tuple(records)

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        if isinstance(index, slice):
            return StoredRecords(self._room, self._records[index])
        return self._room.fetch(self._records[index])


def bytes_of(kept: object) -> int:
    """Bytes of all arrays in records, mappings and sequences of them."""
    if isinstance(kept, np.ndarray):
        return kept.nbytes
    if isinstance(kept, Mapping):
        return sum(bytes_of(value) for value in kept.values())
    if isinstance(kept, Sequence) and not isinstance(kept, str | bytes):
        return sum(bytes_of(value) for value in kept)
    if is_dataclass(kept) and not isinstance(kept, type):
        return sum(bytes_of(getattr(kept, part.name)) for part in fields(kept))
    return 0
