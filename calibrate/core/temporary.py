"""Temporary folders that are removed even after a crash."""

import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = ".calibrate-"
_NAME = re.compile(r"\.calibrate-[a-z0-9_]{8}")
"""As `tempfile` completes the prefix; no other folder is ever removed."""
_FRESH = 60.0
"""Seconds that a folder may exist before its process locks it."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Create a folder that is removed at the end; also remove those of killed processes.

    The process holds a lock on the folder (`flock`), which ends with the process.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(descriptor)


def _remove_abandoned(folder: Path) -> None:
    """Remove folders of this user that no process has locked."""
    for entry in folder.glob(f"{_PREFIX}*"):
        try:
            if _NAME.fullmatch(entry.name) and _is_abandoned(entry):
                shutil.rmtree(entry)
        except OSError:
            continue  # another process removes it as well, or it is not ours to remove


def _is_abandoned(entry: Path) -> bool:
    status = entry.lstat()
    # A clock that ran ahead leaves folders from the future; their lock decides alone.
    if status.st_uid != os.getuid() or 0 <= time.time() - status.st_mtime < _FRESH:
        return False
    # This raises an error for links and files.
    descriptor = os.open(entry, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(descriptor)
    return True
