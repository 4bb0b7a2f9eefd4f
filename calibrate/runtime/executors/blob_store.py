"""Files by the digest of their content on a worker's disk, bounded in size."""

import hashlib
import os
import tempfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from calibrate.errors import CalibrateError

MOST = 20 << 30
"""Default maximum size in bytes."""


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class BlobStore:
    """A folder of files, each named by the SHA-256 of its content.

    Attributes:
        folder: of the files; created when needed.
        most: maximum size in bytes; the least recently used files are removed first.
    """

    folder: Path
    most: int = MOST

    def missing(self, digests: Collection[str]) -> tuple[str, ...]:
        """Return the digests without a file."""
        return tuple(digest for digest in digests if not self._path(digest).exists())

    def append(self, digest: str, offset: int, chunk: bytes) -> None:
        """Write a part of a file that is being received; parts come in order.

        Raises:
            CalibrateError: a part is missing before this one.
            OSError: the disk is full.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self._part(digest)
        if offset and (not part.exists() or part.stat().st_size != offset):
            raise CalibrateError(f"a part of the file before byte {offset} is missing")
        with part.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(chunk)

    def commit(self, digest: str) -> None:
        """Accept a completely received file.

        Raises:
            CalibrateError: its content has another digest; it is removed.
        """
        part = self._part(digest)
        received = file_digest(part)
        with ExitStack() as undo:
            undo.callback(part.unlink)
            _check(digest, received)
            undo.pop_all()
        part.replace(self._path(digest))

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write small files that arrived whole.

        Raises:
            CalibrateError: a content has another digest.
            OSError: the disk is full.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for digest, content in files.items():
            _check(digest, hashlib.sha256(content).hexdigest())
            # A name of its own: workers that share the folder may receive the same file at once.
            with ExitStack() as undo:
                file = undo.enter_context(
                    tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False)
                )
                part = Path(file.name)
                undo.callback(part.unlink, missing_ok=True)
                file.write(content)
                file.flush()
                part.replace(self._path(digest))

    def read(self, digest: str) -> bytes:
        """Return the content of a file.

        Raises:
            KeyError: there is no such file; it may have been removed to limit the size.
        """
        try:
            os.utime(self._path(digest))
            return self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(digest) from error

    def place(self, digest: str, target: Path) -> None:
        """Link a file to a path.

        Raises:
            KeyError: there is no such file; it may have been removed to limit the size.
        """
        source = self._path(digest)
        if not source.exists():
            raise KeyError(digest)
        os.utime(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        # A link, so that the file stays available to a run when the blob is removed.
        os.link(source, target)

    def tidy(self) -> None:
        """Remove the least recently used files until the size is within the bound."""
        if not self.folder.is_dir():
            return
        files = []
        for path in self.folder.iterdir():
            # Another worker of this machine may remove a file, or rename what it has received.
            with suppress(FileNotFoundError):
                status = path.stat()
                files.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.most:
                return
            total -= size
            path.unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self.folder / digest

    def _part(self, digest: str) -> Path:
        return self.folder / f".{digest}.{os.getpid()}.part"


def _check(digest: str, received: str) -> None:
    """Raise unless content that arrived has the digest that was announced."""
    if received != digest:
        raise CalibrateError(
            f"a file arrived with the digest {received[:12]} instead of {digest[:12]}"
        )
