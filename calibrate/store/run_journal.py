"""The journal of a run: what it measured, in its work folder, for one process at a time."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from calibrate.errors import CalibrateError
from calibrate.store.base import Content, Facts, key_of
from calibrate.store.record_file import RecordFile, is_damage, open_records, salvage
from calibrate.store.serialization import pack, unpack

JOURNAL_NAME = "measurements.sqlite"
"""Its file in the work folder of a run."""


@dataclass(slots=True)
class FileJournal:
    """A journal in one file, which exists as soon as something is recorded.

    Attributes:
        path: the file.
        note: receives a message for what was dropped and why.
    """

    path: Path
    note: Callable[[str], None]
    _file: RecordFile | None = field(default=None)

    def __enter__(self) -> Self:
        """Open the file, if there is one.

        Raises:
            CalibrateError: the file cannot be read.
        """
        if self.path.exists():
            try:
                self._open()
            except (OSError, sqlite3.Error) as error:
                raise _cannot(self.path, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def recorded(self) -> Sequence[Facts]:
        """See `Journal.recorded`."""
        if self._file is None:
            return []
        return [record.depends for record in self._file.records()]

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """See `Journal.recall`; a damaged record is dropped with a note.

        Raises:
            CalibrateError: the file cannot be read.
        """
        if self._file is None:
            return []
        contents = []
        try:
            for record in self._file.of_key(key_of(kind, depends)):
                packed = self._file.content(record)
                if packed is None:
                    self.note(f"{self.path.name}: a damaged record ({kind}) is measured again")
                else:
                    contents.append(unpack(packed))
        except sqlite3.Error as error:
            raise _cannot(self.path, error) from error
        return contents

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """See `Journal.record`."""
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._open()
            self._opened.add(kind, depends, pack(content))
        except (OSError, sqlite3.Error) as error:
            raise _cannot(self.path, error) from error

    def forget(self, gone: Callable[[Facts], bool]) -> None:
        """Remove obsolete records if their content is more than half of all.

        Args:
            gone: whether a record that depends on these facts is obsolete.

        Raises:
            CalibrateError: they cannot be removed; every record stays.
        """
        if self._file is None:
            return
        records = self._file.records()
        obsolete = [record for record in records if gone(record.depends)]
        size, total = (sum(entry.size for entry in entries) for entries in (obsolete, records))
        if 2 * size <= total:
            return
        try:
            self._file.remove(obsolete)
        except sqlite3.Error as error:
            raise _cannot(self.path, error) from error
        self.note(f"{self.path.name}: {len(obsolete)} records of no more use removed")

    @property
    def _opened(self) -> RecordFile:
        if self._file is None:
            raise RuntimeError("the journal is not open")
        return self._file

    def _open(self) -> None:
        """Open the file; a damaged one is set aside, and its intact records are kept."""
        try:
            self._file = open_records(self.path, shared=False)
            self._file.check()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            if self._file is not None:
                self._file.close()
            aside = _set_aside(self.path)
            self._file = open_records(self.path, shared=False)
            kept = salvage(aside, self._file)
            self.note(
                f"{self.path.name} cannot be read ({error}); it is kept as {aside.name}, and "
                f"{kept} intact records of it are used"
            )


def _set_aside(path: Path) -> Path:
    aside = next(
        name
        for number in range(1, 10_000)
        if not (name := path.with_name(f"{path.name}.damaged-{number}")).exists()
    )
    path.rename(aside)
    for suffix in ("-journal", "-wal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside


def _cannot(path: Path, error: OSError | sqlite3.Error) -> CalibrateError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return CalibrateError(
        f"measurements cannot be kept: {reason}",
        where=str(path),
        hint="free space or choose another output.dir; what was measured is kept",
    )
