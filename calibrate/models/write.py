"""Write files whole or not at all, and finish what a crash interrupted."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openvino as ov

from calibrate.errors import CalibrateError

_UNFINISHED = ".calibrate-unfinished-"
"""Begins the names of what is being written; worthless after a crash."""
_READY = ".calibrate-ready-"
"""Begins the names of folders that hold a whole model on its way to its place."""


def write_model(
    model: ov.Model, path: Path, *, finish: Callable[[Path], None] | None = None
) -> None:
    """Write `path` (.xml) and the .bin beside it; only a whole new pair replaces an older one.

    Constants keep their types: FP32 layers are not stored as FP16. Both files are made in a
    folder beside their place, so on the same file system, and moved when the disk has them. A
    crash between the two moves leaves no .xml, never one with the other's weights, and the whole
    pair waits for `finish_interrupted`.

    Args:
        model: to write.
        path: of the .xml.
        finish: changes the .xml that was made, before it is moved.

    Raises:
        CalibrateError: the folder cannot be written or the disk is full; nothing is left behind
            and an older pair is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=path.parent))
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        beside = folder / path.name
        ov.save_model(model, beside, compress_to_fp16=False)
        if not beside.read_bytes().rstrip().endswith(b"</net>"):
            raise OSError(None, "not all of it could be written; the disk is full")
        if finish is not None:
            finish(beside)
        for file in (beside.with_suffix(".bin"), beside, folder):
            _sync(file)
        ready = path.parent / f"{_READY}{path.stem}"
        if ready.exists():
            _move_in(ready)
        folder.rename(ready)
        _move_in(ready)
    except (OSError, RuntimeError) as error:
        raise _cannot(path, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_text(text: str, path: Path) -> None:
    """Write a text file whole or not at all.

    Raises:
        CalibrateError: the folder cannot be written or the disk is full.
    """
    write_bytes(text.encode(), path)


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file whole or not at all.

    Raises:
        CalibrateError: the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path) as name:
            with name.open("wb") as beside:
                beside.write(content)
                beside.flush()
                os.fsync(beside.fileno())
            name.replace(path)
            _sync(path.parent)
    except OSError as error:
        raise _cannot(path, error) from error


def finish_interrupted(folder: Path) -> None:
    """Move in a whole model that a crash left on its way, and remove what it left half-written.

    Only for who holds the folder's lock: what another process is writing looks the same.

    Raises:
        CalibrateError: the folder cannot be written.
    """
    try:
        for ready in sorted(folder.glob(f"{_READY}*")):
            _move_in(ready)
        for unfinished in folder.glob(f"{_UNFINISHED}*"):
            if unfinished.is_dir():
                shutil.rmtree(unfinished)
            else:
                unfinished.unlink()
    except OSError as error:
        raise _cannot(folder, error) from error


def _move_in(ready: Path) -> None:
    """Move a whole pair, or what a crash left of it, into the folder above."""
    place = ready.parent
    for weights in ready.glob("*.bin"):
        # A reader between the two moves shall find no model rather than a mixture.
        (place / weights.name).with_suffix(".xml").unlink(missing_ok=True)
        weights.replace(place / weights.name)
    for graph in ready.glob("*.xml"):
        graph.replace(place / graph.name)
    ready.rmdir()
    _sync(place)


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """An empty file in the same folder, removed unless it was renamed."""
    descriptor, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
    os.close(descriptor)
    beside = Path(name)
    # Not only for the user who writes: what is written is an ordinary file.
    beside.chmod(file_mode())
    try:
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def file_mode() -> int:
    """Return the mode of a new file under the umask; its owner can read and write it always.

    The umask can only be read by setting it.
    """
    mask = os.umask(0o022)
    os.umask(mask)
    return 0o600 | (0o666 & ~mask)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cannot(path: Path, error: Exception) -> CalibrateError:
    reason = getattr(error, "strerror", None)
    if reason is None:
        # OpenVINO reports a full disk as a failed stream.
        message = str(error).strip().splitlines()[-1]
        reason = "not all of it could be written" if "iostream" in message else message
    return CalibrateError(
        f"the result cannot be written: {reason}",
        where=str(path),
        hint="free space or choose another output.dir; what was measured is kept",
    )
