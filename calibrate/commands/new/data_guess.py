"""A guessed dataset layout, and the helpers that all guesses share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import ValidationError

from calibrate.core.component import Adapter
from calibrate.datasets.formats.images import ENDINGS
from calibrate.errors import CalibrateError
from calibrate.plugins import load

Truth = Literal[
    "class",
    "boxes",
    "instances",
    "poses",
    "oriented",
    "mask",
    "labels",
    "values",
    "span",
    "tokens",
    "image",
    "none",
]
"""Kind of a sample's annotation: `instances` are boxes with masks, `poses` boxes with keypoints,
`oriented` boxes in any direction."""

Content = Literal["images", "text", "arrays", "volumes", "audio"]

PREFERRED = ("val", "test", "valid", "validation", "testing", "trainval", "train", "training")
"""Splits in the order in which they suit a calibration."""

_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class DataGuess:
    """A dataset layout that fits a folder or file.

    Attributes:
        adapter: its section, with absolute paths.
        truth: kind of the annotations.
        reason: why it fits, one clause.
        content: kind of the data that the model gets.
        doubts: parts that the user has to check, a sentence each.
        class_count: number of classes of boxes, 0 where it was not counted.
        keypoints: number of keypoints of an object, 0 for none.
        mask_ids: ids in the masks that were read.
        label_maps: class ids by the numbers that a model trained on these annotations may give,
            where these are neither the class ids nor shifted.
    """

    adapter: Mapping[str, Any]
    truth: Truth
    reason: str
    content: Content = "images"
    doubts: tuple[str, ...] = ()
    class_count: int = 0
    keypoints: int = 0
    mask_ids: tuple[int, ...] = ()
    label_maps: tuple[Mapping[int, int], ...] = ()


def build_adapter(section: Mapping[str, Any]) -> Adapter:
    """Return the adapter of a section with absolute paths.

    Raises:
        CalibrateError: a parameter does not fit.
    """
    class_ = load("adapters", str(section["type"]), folder=Path.cwd())
    parameters = {key: value for key, value in section.items() if key != "type"}
    try:
        return cast("Adapter", class_.model_validate(parameters))
    except ValidationError as error:
        raise CalibrateError(
            f"the adapter '{section['type']}' cannot be set up: {error}"
        ) from error


def preference(path: Path) -> tuple[int, str]:
    """Return a sort key: splits that suit a calibration first."""
    stem = path.stem.lower()
    place = next((i for i, word in enumerate(PREFERRED) if stem == word), len(PREFERRED))
    return place, path.name


def has_image(folder: Path) -> bool:
    """Whether an image is in the folder or below."""
    return next(images_in(folder), None) is not None


def has_image_of(folder: Path, stem: str) -> bool:
    """Whether an image of this name is directly in the folder."""
    return any(file.stem == stem and file.suffix.lower() in ENDINGS for file in folder.iterdir())


def images_in(folder: Path) -> Iterator[Path]:
    """Return the images among the first two thousand files below a folder."""
    files = zip(range(_LOOKED_AT), folder.rglob("*"), strict=False)
    return (file for _, file in files if file.suffix.lower() in ENDINGS)


def is_file(path: Path) -> bool:
    """Return whether a file is there; false also for names that no file system takes."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def sorted_files(paths: Iterable[Path]) -> list[Path]:
    """Return those paths that are files, sorted."""
    return sorted(path for path in paths if is_file(path))


def folders_in(folder: Path) -> Sequence[Path]:
    """Return the folders directly in a folder, sorted, without hidden ones."""
    return [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")]


def class_folders(path: Path, endings: Sequence[str]) -> tuple[Path, Sequence[Path]]:
    """Return the folder whose folders are classes, and these; none where there are fewer than two.

    Folders named as splits are no classes: of `train/cat` and `val/cat` the classes are in the
    split that suits a calibration best.

    Args:
        path: path of the dataset.
        endings: endings of the files that a class holds, in lower case.
    """
    folders = [folder for folder in folders_in(path) if _holds(folder, endings)]
    splits = sorted((f for f in folders if f.name.lower() in PREFERRED), key=preference)
    for split in splits:
        below = [folder for folder in folders_in(split) if _holds(folder, endings)]
        if len(below) > 1:
            return split, below
    return path, folders if len(folders) > 1 and len(splits) < len(folders) else ()


def _holds(folder: Path, endings: Sequence[str]) -> bool:
    files = zip(range(_LOOKED_AT), folder.rglob("*"), strict=False)
    return any(file.suffix.lower() in endings for _, file in files)


def names_file(*folders: Path) -> Path | None:
    """Return a file of class names in one of the folders; None if there is none."""
    wanted = ("data.yaml", "labels.txt", "classes.txt", "obj.names", "class_names.txt")
    return next((f / name for f in folders for name in wanted if (f / name).is_file()), None)
