"""A cache of timings on this machine, shared by runs with different output folders.

Choices depend on timings, so two runs make the same choice only if they use the same timings.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibrate.store.base import Content, Facts, Journal, key_of
from calibrate.store.serialization import pack, unpack

_CHECKSUM = hashlib.sha256().digest_size

_MOST = 64 << 20
"""Maximum total size of all records in bytes."""
_LEFT = 0.75
"""Share of the maximum to which removing the least recently used records reduces the cache."""


@dataclass(frozen=True, slots=True)
class MachineCache:
    """A folder with one small file per record, safe for concurrent processes.

    The cache is optional: if the folder cannot be read or written, only a note is made.
    Its size is bounded: the least recently used records are removed first.

    Attributes:
        folder: created when the first record is written.
        note: receives a message for what cannot be used and why.
        most: maximum total size of all records in bytes.
    """

    folder: Path
    note: Callable[[str], None]
    most: int = _MOST

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """See `Journal.recall`."""
        path = self._path(kind, depends)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            self.note(f"{path} cannot be read ({error.strerror}); it is measured again")
            return ()
        packed = data[_CHECKSUM:]
        if hashlib.sha256(packed).digest() != data[:_CHECKSUM]:
            self.note(f"{path} is damaged; it is measured again")
            return ()
        with contextlib.suppress(OSError):
            os.utime(path)  # the modification time marks the last use
        self.note(f"The {kind} of these models on this machine is known from an earlier run.")
        return (unpack(packed),)

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """See `Journal.record`; the file appears whole or not at all."""
        path, packed = self._path(kind, depends), pack(content)
        name = ""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as beside:
                name = beside.name
                beside.write(hashlib.sha256(packed).digest() + packed)
                beside.flush()
                os.fsync(beside.fileno())
            Path(name).replace(path)
            self._prune()
        except OSError as error:
            self.note(f"the times cannot be kept in {self.folder}: {error.strerror}")
            if name:
                with contextlib.suppress(OSError):
                    Path(name).unlink()

    def recorded(self) -> Sequence[Facts]:
        """Return nothing: the files do not name the facts that they depend on."""
        return ()

    def _prune(self) -> None:
        """Remove the least recently used records if the cache is too large."""
        files = []
        for path in self.folder.iterdir():
            # Another process may prune at the same time.
            with contextlib.suppress(FileNotFoundError):
                facts = path.stat()
                files.append((facts.st_mtime_ns, facts.st_size, path))
        total = sum(size for _, size, _ in files)
        if total <= self.most:
            return
        for _, size, path in sorted(files):
            path.unlink(missing_ok=True)
            total -= size
            if total <= _LEFT * self.most:
                return

    def _path(self, kind: str, depends: Facts) -> Path:
        return self.folder / key_of(kind, depends)


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
    return (Path(home) / ".cache" if home else Path(tempfile.gettempdir())) / "calibrate"
