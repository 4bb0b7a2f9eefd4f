"""Lock a work folder, so that one run at a time uses it."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from calibrate.core.progress import Progress
from calibrate.datasets.formats.folders import missing_folders, remove_empty
from calibrate.errors import CalibrateError
from calibrate.models.write import file_mode, write_text


@contextmanager
def lock_folder(work: Path, progress: Progress, *, wait: bool) -> Iterator[None]:
    """Hold the lock of a work folder; any crash releases it.

    A run that fails before anything is recorded, for instance on bad input, removes the folders
    that it created.

    Args:
        work: the folder, created if necessary.
        progress: shows the process that holds the lock.
        wait: wait for a running process instead of raising an error.

    Raises:
        CalibrateError: another process works there, or the folder cannot be made.
    """
    holder = work / "holder.json"
    fresh = missing_folders(work)
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock = FileLock(work / "lock", timeout=0, mode=file_mode())
        try:
            lock.acquire()
        except Timeout as busy:
            if not wait:
                raise CalibrateError(
                    f"another run works in this folder: {_holder_text(holder)}",
                    where=str(work),
                    hint="wait for it with --wait, or choose another --output-dir",
                ) from busy
            progress.stage(f"Waiting for {_holder_text(holder)}")
            lock.acquire(timeout=-1)
    except OSError as error:
        raise CalibrateError(
            f"the folder cannot be used: {error.strerror}",
            where=str(work),
            hint="choose another --output-dir",
        ) from error
    try:
        with ExitStack() as undo:
            undo.callback(_clear, work, fresh)
            write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}), holder)
            yield
            undo.pop_all()
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _clear(work: Path, fresh: Sequence[Path]) -> None:
    """Remove the files and folders that this run created, unless measurements are recorded."""
    if work not in fresh:
        return
    with suppress(OSError):
        files = {path.name: path for path in work.rglob("*") if not path.is_dir()}
        if not set(files) <= {"lock", "holder.json"}:
            return
        for path in files.values():
            path.unlink()
        for folder in sorted((path for path in work.rglob("*") if path.is_dir()), reverse=True):
            folder.rmdir()
    remove_empty(fresh)


def _holder_text(holder: Path) -> str:
    """Describe the process that holds the lock, if its file says so."""
    try:
        facts = json.loads(holder.read_text(encoding="utf-8"))
        return f"pid {facts['pid']} on {facts['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "an unknown process"
