"""Folders that are made in passing and are not to be left behind."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def missing_folders(folder: Path) -> tuple[Path, ...]:
    """The folder and those above it that are not there yet, deepest first."""
    chain = (folder, *folder.parents)
    return tuple(entry for entry in chain if not entry.exists())


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders, deepest first, until one is not empty or cannot be removed."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
