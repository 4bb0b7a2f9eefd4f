"""Resolve paths that come from data and keep them inside their data source.

An annotation may come from anywhere, so the files it names are opened only inside the folder that
the config names. Two checks ensure this. `inside` checks the name alone, and is cheap enough for
long lists; `regular_file` follows links just before a file is opened.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibrate.core.text import shown
from calibrate.errors import CalibrateError

OUTSIDE_HINT = "set allow_outside: true if you trust the annotation"


def inside(name: str, folder: Path, *, allow_outside: bool = False) -> Path:
    """Return the path of a file that an annotation names, from the name alone.

    Args:
        name: relative to `folder`, or absolute; `..` is taken out of it as text, so that it
            never climbs out of a link's target.
        folder: the data source.
        allow_outside: True accepts a name that leads out of `folder`.

    Raises:
        CalibrateError: the name is empty, contains a NUL or leads out of `folder`; the caller
            adds the place.
    """
    if not name or "\0" in name:
        raise CalibrateError(f"{name!r} is not a file name")
    clean = os.path.normpath(name)
    if clean.startswith("/"):
        roots = (os.path.normpath(folder.absolute()), folder.resolve())
        leaves = not any(Path(clean).is_relative_to(root) for root in roots)
    else:
        leaves = clean == ".." or clean.startswith("../")
    if leaves and not allow_outside:
        raise CalibrateError(
            f"'{shown(name)}' leads out of the data source {shown(folder)}", hint=OUTSIDE_HINT
        )
    return folder / clean


def regular_file(path: Path, folder: Path | None = None) -> Path:
    """Return the file behind a path, links followed, checked before it is opened.

    Args:
        path: of a file.
        folder: the data source that has to contain the file after all links are followed;
            None where it may be anywhere.

    Raises:
        CalibrateError: there is no such file, it is no regular file (a pipe or device would
            block the reader), or a link leads out of `folder`.
    """
    try:
        real = path.resolve(strict=True)
        mode = real.stat().st_mode
    except (OSError, RuntimeError) as error:
        raise CalibrateError(_absence(error), shown(path)) from error
    if not stat.S_ISREG(mode):
        raise CalibrateError("this is not a regular file", shown(path))
    if folder is not None and not real.is_relative_to(folder.resolve()):
        raise CalibrateError(
            f"the link leads out of the data source {shown(folder)}, to {shown(real)}",
            shown(path),
            "set allow_outside: true if you trust the folder",
        )
    return real


def _absence(error: OSError | RuntimeError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "there is no such file"
    if isinstance(error, OSError) and error.strerror:
        return f"the file cannot be read ({error.strerror})"
    return "the file cannot be read (its links go in a circle)"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Path, size and time of a file: a key for caches of file contents."""

    path: Path
    size: int
    modified: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        """Return the stamp of a regular file as it is now.

        Raises:
            CalibrateError: there is no such file.
        """
        real = regular_file(path)
        status = real.stat()
        return cls(path, status.st_size, status.st_mtime_ns)


def list_files(folder: Path, endings: Sequence[str] = ()) -> list[str]:
    """Return the names of all files below a folder, relative to it, sorted.

    Names that begin with a dot are left out (`.DS_Store`, `._a.jpg`, `.ipynb_checkpoints`).
    Linked folders are followed, each real folder once.

    Args:
        folder: where to begin.
        endings: lower-case endings with their dot; () takes every file.

    Raises:
        CalibrateError: a folder cannot be read.
    """
    names = _walk(folder)
    return sorted(name for name in names if not endings or name.lower().endswith(tuple(endings)))


def list_folders(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, sorted, without those that begin with a dot.

    Raises:
        CalibrateError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
    except OSError as error:
        raise _unreadable(error, folder) from error


def _walk(folder: Path) -> Iterator[str]:
    def fail(error: OSError) -> None:
        raise _unreadable(error, Path(error.filename or folder)) from error

    visited: set[str] = set()
    for place, folders, files in os.walk(folder, onerror=fail, followlinks=True):
        real = os.path.realpath(place)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        prefix = os.path.relpath(place, folder)
        for name in files:
            if not name.startswith("."):
                yield name if prefix == "." else f"{prefix}/{name}"


def _unreadable(error: OSError, folder: Path) -> CalibrateError:
    return CalibrateError(f"the folder cannot be read ({error.strerror})", shown(folder))
