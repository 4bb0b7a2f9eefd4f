"""What was timed on this machine, kept between runs of any output folder.

Times decide choices, so two runs choose alike only if they go by the same times.
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
"""Bytes that all records may take."""
_LEFT = 0.75
"""Share of it that is left when the records that were used least lately are removed."""


@dataclass(frozen=True, slots=True)
class MachineCache:
    """One small file a record, in a folder that several processes may use at once.

    It is a convenience: where the folder cannot be read or written, it is told and nothing else.
    It is bounded: what was used least lately goes first.

    Attributes:
        folder: made when something is recorded.
        note: told of what cannot be used and why.
        most: bytes that all records may take.
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
            os.utime(path)  # its age is that of its last use
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
        """Nothing: the files do not say what they depend on."""
        return ()

    def _prune(self) -> None:
        """Remove the records that were used least lately, if all together take too much."""
        files = []
        for path in self.folder.iterdir():
            # Others may prune, too.
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
    """Two journals with the same records: what one lacks is taken from the other.

    Attributes:
        first: asked first; told what only the second knew.
        second: asked where the first knows nothing.
    """

    first: Journal
    second: Journal

    def recall(self, kind: str, depends: Facts) -> Sequence[Content]:
        """See `Journal.recall`."""
        found = self.first.recall(kind, depends)
        if not found:
            found = self.second.recall(kind, depends)
            for content in found:
                self.first.record(kind, depends, content)
        return found

    def record(self, kind: str, depends: Facts, content: Content) -> None:
        """See `Journal.record`.

        The second comes first: what a crash in between leaves to it alone, the first takes from it
        when it is asked, so no run goes by a time that others do not know.
        """
        self.second.record(kind, depends, content)
        self.first.record(kind, depends, content)

    def recorded(self) -> Sequence[Facts]:
        """See `Journal.recorded`."""
        return self.first.recorded()


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`calibrate` in the user's cache folder: `XDG_CACHE_HOME`, else `~/.cache`.

    Source: XDG Base Directory Specification 0.8; a relative `XDG_CACHE_HOME` does not count.
    """
    given = Path(environment.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():
        return given / "calibrate"
    home = environment.get("HOME")
    return (Path(home) / ".cache" if home else Path(tempfile.gettempdir())) / "calibrate"
