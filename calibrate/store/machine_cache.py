"""A cache of timings on this machine, shared by runs with different output folders.

Choices depend on timings, so two runs make the same choice only if they use the same timings.
"""

import errno
import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from calibrate.store.base import Content, Facts, Journal, key_of
from calibrate.store.record_file import RecordFile, is_damage, open_records
from calibrate.store.serialization import pack, unpack

_MOST = 64 << 20
"""Maximum total size of all records in bytes."""
_LEFT = 0.75
"""Share of the maximum to which removing the least recently used records reduces the cache."""


@dataclass(frozen=True, slots=True)
class MachineCache:
    """A file of records that concurrent processes share.

    The cache is optional: if the file cannot be read or written, only a note is made; a damaged
    one is replaced. Its size is bounded: the least recently used records are removed first.

    Attributes:
        folder: created when the first record is written.
        note: receives a message for what cannot be used and why.
        most: maximum total size of all records in bytes.
    """

    folder: Path
    note: Callable[[str], None]
    most: int = _MOST

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / "measurements.sqlite"

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """See `Journal.recall`."""
        if not self.path.exists():
            return ()
        try:
            _refuse_foreign(self.folder)
            with closing(open_records(self.path, shared=True)) as file:
                packed = _latest(file, key_of(kind, depends))
        except (OSError, sqlite3.Error) as error:
            self._cannot_use(error)
            return ()
        if packed is None:
            return ()
        self.note(f"The {kind} of these models on this machine is known from an earlier run.")
        return (unpack(packed),)

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """See `Journal.record`."""
        try:
            self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            _refuse_foreign(self.folder)
            with closing(open_records(self.path, shared=True)) as file:
                file.add(kind, depends, pack(content), replace=True)
                self._prune(file)
        except (OSError, sqlite3.Error) as error:
            self._cannot_use(error)

    def recorded(self) -> Sequence[Facts]:
        """Return nothing: records that other runs made are not listed."""
        return ()

    def _prune(self, file: RecordFile) -> None:
        """Remove the least recently used records if the cache is too large."""
        records = sorted(file.records(), key=lambda record: record.used)
        total = sum(record.size for record in records)
        if total <= self.most:
            return
        removed = []
        for record in records:
            removed.append(record)
            total -= record.size
            if total <= _LEFT * self.most:
                break
        file.remove(removed)

    def _cannot_use(self, error: OSError | sqlite3.Error) -> None:
        if isinstance(error, sqlite3.Error) and is_damage(error):
            self.path.unlink(missing_ok=True)
            self.note(f"{self.path} was damaged and is removed; its times are measured again")
            return
        reason = error.strerror if isinstance(error, OSError) else str(error)
        self.note(f"times cannot be kept in {self.path}: {reason}")


def _latest(file: RecordFile, key: str) -> bytes | None:
    """Return the content of the latest intact record of a key, and mark it as used."""
    for record in reversed(file.of_key(key)):
        packed = file.content(record)
        if packed is not None:
            file.touch(record)
            return packed
    return None


@dataclass(frozen=True, slots=True)
class TieredJournal:
    """Two journals with the same records: what the first lacks is read from the second.

    Attributes:
        first: queried first; receives the records that only the second contains.
        second: queried where the first has no record.
    """

    first: Journal
    second: Journal

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """See `Journal.recall`."""
        contents = self.first.recall(kind, depends)
        if not contents:
            contents = self.second.recall(kind, depends)
            for content in contents:
                self.first.record(kind, depends, content)
        return contents

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """See `Journal.record`.

        The second journal is written first: after a crash in between, `recall` copies the record
        to the first, so no run uses a timing that other runs do not know.
        """
        self.second.record(kind, depends, content)
        self.first.record(kind, depends, content)

    def recorded(self) -> Sequence[Facts]:
        """See `Journal.recorded`."""
        return self.first.recorded()


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return `calibrate` in the user's cache folder: `XDG_CACHE_HOME`, else `~/.cache`.

    Source: XDG Base Directory Specification 0.8; a relative `XDG_CACHE_HOME` is ignored.
    """
    given = Path(environment.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():
        return given / "calibrate"
    home = environment.get("HOME")
    if home:
        return Path(home) / ".cache" / "calibrate"
    return Path(tempfile.gettempdir()) / f"calibrate-cache-{os.getuid()}"


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder below one that is everybody's, unless it is this user's alone.

    Raises:
        PermissionError: another user made it, or can write to it.
    """
    if not folder.parent.stat().st_mode & stat.S_IWOTH:
        return
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise PermissionError(errno.EPERM, "other users can write to the folder", str(folder))
