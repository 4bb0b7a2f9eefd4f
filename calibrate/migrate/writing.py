"""Converted configs → files, whole or not at all, and never over what is there."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from calibrate.errors import CalibrateError, raise_all
from calibrate.migrate.convert import Converted


def write_all(converted: Sequence[Converted], folder: Path, *, force: bool) -> Mapping[str, Path]:
    """Write every config that there is.

    Args:
        converted: the configs; their names are distinct.
        folder: where the files go; made if it is not there.
        force: files that are there are replaced.

    Returns:
        The files by the configs' names.

    Raises:
        CalibrateError: a file is there already, or cannot be written.
    """
    files = {
        entry.name: folder / f"{entry.name}.yaml" for entry in converted if entry.text is not None
    }
    if not force:
        raise_all(
            [
                CalibrateError("the file is there already", str(path), "give -o, or --force")
                for path in files.values()
                if path.exists()
            ]
        )
    for entry in converted:
        if entry.text is not None:
            _write(files[entry.name], entry.text)
    return files


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise CalibrateError(f"nothing can be written: {error.strerror}", str(path)) from error
