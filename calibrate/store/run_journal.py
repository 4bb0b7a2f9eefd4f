"""The journal of a run: an append-only file in which every record has a checksum.

Why not a database: only one process writes (a lock ensures this) and records are looked up by
exact key only, so the file must merely lose no record and detect damaged ones. A record is one
write and one `fdatasync`. Damage affects only the records it hits, whereas a damaged database page
can make the whole file unreadable, and SQLite pages have no checksums. The journal also works on
network file systems, where the shared memory of a write-ahead log does not.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from calibrate.errors import CalibrateError
from calibrate.store.base import Content, Facts, key_of
from calibrate.store.serialization import pack, unpack

MAGIC = b"calibrate journal 1\n"
_MARK = b"\n#record "
"""Marks the beginning of a record, so that a scan can resume after a damaged record."""
_SCAN = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """The position of a record in the file and the facts that it depends on."""

    kind: str
    depends: Facts
    offset: int
    length: int
    checksum: str


@dataclass(slots=True)
class FileJournal:
    """A journal in one file, for one process at a time.

    Attributes:
        path: the file; it is created when the journal is opened.
        note: receives a message for what was dropped and why.
    """

    path: Path
    note: Callable[[str], None]
    _file: int = -1
    _end: int = 0
    _entries: dict[str, list[Entry]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Open the file, create it if it does not exist, and index the intact records.

        Raises:
            CalibrateError: the file cannot be read or created.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            self._begin()
        except OSError as error:
            self._close()
            raise _cannot(self.path, error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def recorded(self) -> Sequence[Facts]:
        """See `Journal.recorded`."""
        return [entry.depends for group in self._entries.values() for entry in group]

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """See `Journal.recall`; a record damaged since opening is dropped with a note."""
        contents = []
        for entry in self._entries.get(key_of(kind, depends), ()):
            packed = os.pread(self._file, entry.length, entry.offset)
            content = _checked(packed, entry.checksum)
            if content is None:
                self.note(f"{self.path.name}: a damaged record ({kind}) is measured again")
            else:
                contents.append(content)
        return contents

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """See `Journal.record`."""
        packed = pack(content)
        entry = Entry(kind, dict(depends), 0, len(packed), _checksum(packed))
        head = _header(entry)
        try:
            self._append(head + packed)
        except OSError as error:
            raise _cannot(self.path, error) from error
        placed = Entry(kind, entry.depends, self._end - len(packed), len(packed), entry.checksum)
        self._entries.setdefault(key_of(kind, depends), []).append(placed)

    def forget(self, gone: Callable[[Facts], bool]) -> None:
        """Drop obsolete records if they take more than half of the file.

        The file is therefore at most twice as large as its usable records. The new file is
        written beside the old one and replaces it when complete.

        Args:
            gone: whether a record that depends on these facts is obsolete.

        Raises:
            CalibrateError: the new file cannot be written; the old one stays.
        """
        entries = sorted(
            (entry for group in self._entries.values() for entry in group),
            key=lambda entry: entry.offset,
        )
        kept = [entry for entry in entries if not gone(entry.depends)]
        if 2 * sum(entry.length for entry in kept) >= sum(entry.length for entry in entries):
            return
        beside = self.path.with_name(f"{self.path.name}.new")
        try:
            beside.unlink(missing_ok=True)
            with FileJournal(beside, self.note) as made:
                for entry in kept:
                    made._copy(self._file, entry)
                os.fsync(made._file)
                beside.replace(self.path)
                _sync_folder(self.path.parent)
                self._close()
                self._file, made._file = made._file, -1
                self._end, self._entries = made._end, made._entries
        except OSError as error:
            raise _cannot(self.path, error) from error
        self.note(f"{self.path.name}: {len(entries) - len(kept)} records of no more use dropped")

    def _copy(self, file: int, entry: Entry) -> None:
        """Copy a record from another file, without waiting for the disk."""
        packed = os.pread(file, entry.length, entry.offset)
        head = _header(entry)
        for part in (head, packed):
            self._end += os.pwrite(self._file, part, self._end)
        placed = replace(entry, offset=self._end - entry.length)
        self._entries.setdefault(key_of(entry.kind, entry.depends), []).append(placed)

    def _append(self, block: bytes) -> None:
        """Append a block and force it to disk; on failure the file is restored."""
        with ExitStack() as undo:
            undo.callback(os.ftruncate, self._file, self._end)
            written = 0
            while written < len(block):
                written += os.pwrite(self._file, block[written:], self._end + written)
            os.fdatasync(self._file)
            undo.pop_all()
        self._end += len(block)

    def _begin(self) -> None:
        """Index the file; set a file of another kind aside, truncate an incomplete end."""
        size = os.fstat(self._file).st_size
        head = os.pread(self._file, len(MAGIC), 0)
        if size and not MAGIC.startswith(head):
            self._set_aside()
            size = 0
        if size < len(MAGIC):
            os.ftruncate(self._file, 0)
            self._append(MAGIC)
            _sync_folder(self.path.parent)
            return
        self._end = len(MAGIC)
        for entry in self._scan(size):
            self._entries.setdefault(key_of(entry.kind, entry.depends), []).append(entry)
            self._end = entry.offset + entry.length
        if self._end < size:
            self.note(f"{self.path.name}: an unfinished record at its end is dropped")
            os.ftruncate(self._file, self._end)

    def _scan(self, size: int) -> Iterator[Entry]:
        """Yield the intact records in order; skip damaged stretches between them."""
        position, damaged = len(MAGIC), False
        while position < size:
            entry = self._entry_at(position, size)
            if entry is None:
                following = self._next_mark(position + 1, size)
                damaged = damaged or following < size
                position = following
                continue
            yield entry
            position = entry.offset + entry.length
        if damaged:
            self.note(f"{self.path.name}: damaged records are dropped and measured again")

    def _entry_at(self, position: int, size: int) -> Entry | None:
        """Return the intact record that begins at a position, or None."""
        line, _, _ = os.pread(self._file, 1 << 16, position + 1).partition(b"\n")
        mark = _MARK[1:]
        if os.pread(self._file, 1, position) != _MARK[:1] or not line.startswith(mark):
            return None
        body = line[len(mark) :]
        header_checksum, _, text = body.partition(b" ")
        if header_checksum != _checksum(text).encode():
            return None
        header: dict[str, Any] = json.loads(text)
        offset = position + 1 + len(line) + 1
        entry = Entry(offset=offset, **header)
        if offset + entry.length > size:
            return None
        packed = os.pread(self._file, entry.length, offset)
        return entry if _checksum(packed) == entry.checksum else None

    def _next_mark(self, position: int, size: int) -> int:
        while position < size:
            stretch = os.pread(self._file, _SCAN, position)
            start = stretch.find(_MARK)
            if start >= 0:
                return position + start
            # A mark may lie across the border of two stretches.
            position += max(1, len(stretch) - len(_MARK) + 1)
        return size

    def _set_aside(self) -> None:
        """Rename a file that is not a journal and begin a new one."""
        aside = next(
            name
            for number in range(1, 10_000)
            if not (name := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists()
        )
        os.close(self._file)
        self.path.rename(aside)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self.note(f"{self.path.name} cannot be read; it is kept as {aside.name}, a new one begins")

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _header(entry: Entry) -> bytes:
    text = json.dumps(
        {
            "kind": entry.kind,
            "depends": dict(entry.depends),
            "length": entry.length,
            "checksum": entry.checksum,
        },
        separators=(",", ":"),
    ).encode()
    return _MARK + _checksum(text).encode() + b" " + text + b"\n"


def _checksum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _checked(packed: bytes, checksum: str) -> Content | None:
    return unpack(packed) if _checksum(packed) == checksum else None


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot(path: Path, error: OSError) -> CalibrateError:
    return CalibrateError(
        f"the journal cannot be written: {error.strerror}",
        where=str(path),
        hint="free space or choose another output.dir; what was measured is kept",
    )
