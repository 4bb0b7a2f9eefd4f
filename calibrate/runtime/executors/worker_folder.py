"""What all workers of one user on one machine share: files by digest, and a lock for timing."""

import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from calibrate.errors import CalibrateError
from calibrate.runtime.executors.blob_store import BlobStore

_KEPT = 7 * 24 * 3600.0
"""Seconds for which the state of stopped work is kept."""


def blobs() -> BlobStore:
    """Return the files that all workers of this user on this machine share."""
    return BlobStore(worker_folder() / "files")


def machine_timing_lock() -> Path:
    """Return the lock that all work of this user on this machine shares while something is timed.

    Raises:
        CalibrateError: the folder belongs to another user.
    """
    return worker_folder() / "timing-lock"


def worker_folder() -> Path:
    """Return this user's folder for workers, which no other user can write to.

    Raises:
        CalibrateError: the name is taken by another user, or by a link.
    """
    folder = Path(tempfile.gettempdir()) / f"calibrate-worker-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise CalibrateError(
            "the folder of the workers' files can be written to by other users",
            where=str(folder),
            hint="remove it, or set TMPDIR to a folder of yours",
        )
    return folder


def remove_old(folder: Path) -> None:
    """Remove what stopped work left in a folder long ago."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime <= _KEPT:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
