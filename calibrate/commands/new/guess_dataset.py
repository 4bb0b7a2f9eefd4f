"""Guess the dataset layouts of a folder or file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from calibrate.commands.new.data_guess import (
    DataGuess,
    class_folders,
    folders_in,
    has_image,
    preference,
)
from calibrate.commands.new.guess_arrays import array_data
from calibrate.commands.new.guess_audio import audio_data
from calibrate.commands.new.guess_detection import coco_data, detection_data
from calibrate.commands.new.guess_pairs import paired_data, volume_data
from calibrate.commands.new.guess_tables import LISTS, list_data, listed_data, table_data
from calibrate.commands.new.guess_yolo import yolo_data
from calibrate.core.text import shown
from calibrate.datasets.formats.images import ENDINGS
from calibrate.errors import CalibrateError

_TABLES = (*LISTS, ".xml", ".xlsx", ".xls", ".ods", ".parquet")
_UNREAD = (
    "No labels were recognised in {}. If there are labels, save them as a CSV with a heading and "
    "columns of file and class, or write the section `dataset.adapter` by hand."
)
_NESTED = (
    "Each folder ({}) counts as a class, and each contains folders of the same names ({}). If "
    "those are the classes, give one of the outer folders as DATA, or merge them."
)


def guess_data(path: Path, inputs: Collection[str] = ()) -> tuple[DataGuess, ...]:
    """Return every layout that fits, the best annotated first.

    Args:
        path: a folder or file.
        inputs: names of the model's inputs; arrays of these names are no labels.

    Raises:
        CalibrateError: there is no such folder or file, or no layout is recognised.
    """
    path = path.absolute()
    if not path.exists():
        raise CalibrateError("there is no such folder or file", where=str(path))
    if not (path.is_file() or path.is_dir()):
        raise CalibrateError("this is a pipe or a device, not a dataset", where=str(path))
    guesses = tuple(_of_file(path, inputs) if path.is_file() else _of_folder(path, inputs))
    if path.is_dir() and all(guess.truth == "none" for guess in guesses):
        guesses = tuple(_with_unread_tables(guess, path) for guess in guesses)
    if not guesses:
        raise CalibrateError(
            "no dataset layout is recognised here",
            where=str(path),
            hint="tables need a first line with the names of their columns; `calibrate list "
            "adapters` shows what is read; write the config by hand",
        )
    return guesses


def _with_unread_tables(guess: DataGuess, path: Path) -> DataGuess:
    """Return the guess with a doubt that names the files of the folder that may hold labels."""
    tables = sorted(shown(file.name) for file in path.iterdir() if file.suffix.lower() in _TABLES)
    if not tables:
        return guess
    return replace(guess, doubts=(*guess.doubts, _UNREAD.format(", ".join(tables[:5]))))


def _nested_classes(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return a doubt if all class folders hold folders of the same names, which may be classes."""
    names = [{shown(folder.name) for folder in folders_in(outer)} for outer in folders]
    common = sorted(set.intersection(*names))
    if len(common) < 2:
        return ()
    outer = ", ".join(shown(folder.name) for folder in folders[:5])
    return (_NESTED.format(outer, ", ".join(common[:5])),)


def _of_file(path: Path, inputs: Collection[str]) -> Iterator[DataGuess]:
    match path.suffix.lower():
        case ".npz" | ".npy":
            yield from array_data(path, inputs)
        case ".json":
            yield from coco_data(path, path.parent.parent)
            yield from coco_data(path, path.parent)
            yield from table_data(path, path.parent)
        case ".yaml" | ".yml":
            yield from yolo_data(path)
        case suffix if suffix in LISTS:
            yield from table_data(path, path.parent)
            yield from list_data(path, path.parent)
            if suffix == ".txt":
                adapter = {"type": "text_files", "data_source": path}
                yield DataGuess(adapter, "none", f"{path.name} holds lines", content="text")


def _of_folder(path: Path, inputs: Collection[str]) -> Iterator[DataGuess]:
    yield from detection_data(path)
    yield from paired_data(path)
    yield from volume_data(path)
    yield from listed_data(path)
    if any(path.glob("*idx3-ubyte*")):
        yield DataGuess({"type": "mnist", "data_source": path}, "class", "IDX files are there")
    if any(path.glob("*_batch*")):
        yield DataGuess({"type": "cifar", "data_source": path}, "class", "batches are there")
    for file in sorted(path.glob("*.npz"), key=preference):
        yield from array_data(file, inputs)
    if any(path.glob("*.npy")):
        yield from array_data(path, inputs)
    root, folders = class_folders(path, ENDINGS)
    if folders:
        reason = f"{len(folders)} folders hold images, one a class"
        adapter = {"type": "image_folder", "data_source": root}
        yield DataGuess(adapter, "class", reason, doubts=_nested_classes(folders))
    root, texts = class_folders(path, (".txt",))
    if texts and not has_image(path):
        reason = f"{len(texts)} folders hold text files, one a class"
        adapter = {"type": "text_files", "data_source": root}
        yield DataGuess(adapter, "class", reason, content="text")
    yield from audio_data(path)
    if has_image(path):
        reason = "images without annotations"
        yield DataGuess({"type": "images", "data_source": path}, "none", reason)
