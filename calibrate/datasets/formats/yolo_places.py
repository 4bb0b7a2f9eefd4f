"""Which images a split of YOLO labels has, and the label file of each."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibrate.core.text import shown
from calibrate.datasets.formats.listing import images_by_stem, listed_ids, one_each, stem_of
from calibrate.datasets.formats.paths import OUTSIDE_HINT, list_files
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.datasets.formats.ultralytics_yaml import UltralyticsData, labels_folder
from calibrate.errors import CalibrateError


@dataclass(frozen=True, slots=True)
class YoloImage:
    """An image with the file of its objects.

    Attributes:
        name: that identifies it in the split.
        path: of the image.
        folder: which the image is in or below.
        labels: path of the label file; None where it has none, and so no objects.
        labels_folder: which the label file is in or below.
    """

    name: str
    path: Path
    folder: Path
    labels: Path | None
    labels_folder: Path


def images_of_folder(
    folder: Path, labels: Path, problems: list[CalibrateError]
) -> tuple[YoloImage, ...]:
    """Return the images below a folder.

    Args:
        folder: of the images.
        labels: folder of the label files, with the same folders below.
        problems: gets an entry for each label file without an image, and for images that differ
            in their ending only.

    Raises:
        CalibrateError: a folder cannot be read, or holds no image.
    """
    images = one_each(images_by_stem(folder), folder, problems)
    files = {stem_of(name): labels / name for name in list_files(labels, (".txt",))}
    files.pop("classes", None)  # Labelling tools leave the class names there.
    problems.extend(
        CalibrateError("there is no image for this label file", shown(path))
        for stem, path in files.items()
        if stem not in images
    )
    return tuple(
        YoloImage(name, folder / name, folder, files.get(stem), labels)
        for stem, name in images.items()
    )


def images_of_split(
    data: UltralyticsData, split: str, problems: list[CalibrateError], *, allow_outside: bool
) -> tuple[YoloImage, ...]:
    """Return the images of all folders and lists that a `data.yaml` names for a split.

    Args:
        data: its content.
        split: `val`, `test` or `train`.
        problems: gets an entry for each mistake of a folder or list.
        allow_outside: whether lists may name images outside the folders of the dataset.

    Raises:
        CalibrateError: the split names no folder or list that is there, or one cannot be read.
    """
    folders, lists = data.folders.get(split, ()), data.lists.get(split, ())
    if not folders and not lists:
        raise CalibrateError(
            f"`{split}` names no folder or list of images that is there",
            shown(data.path),
            "choose another split, or give images_dir and annotations_dir",
        )
    if len(folders) == 1 and not lists:
        return images_of_folder(folders[0], labels_folder(folders[0]), problems)
    images = [
        image
        for folder in folders
        for image in images_of_folder(folder, labels_folder(folder), problems)
    ]
    for file in lists:
        images.extend(_listed(file, data, problems, allow_outside=allow_outside))
    return _named_apart(images)


def _listed(
    file: Path, data: UltralyticsData, problems: list[CalibrateError], *, allow_outside: bool
) -> Iterator[YoloImage]:
    roots = tuple(root.absolute() for root in (file.parent, data.root, data.path.parent))
    for entry in listed_ids(split_lines(read_text(file)), shown(file), problems):
        path = _place(entry, roots)
        if path is None:
            problems.append(CalibrateError(f"there is no image '{shown(entry)}'", shown(file)))
        elif not allow_outside and not any(path.is_relative_to(_clean(root)) for root in roots):
            message = f"'{shown(entry)}' leads out of the dataset"
            problems.append(CalibrateError(message, shown(file), OUTSIDE_HINT))
        else:
            labels = labels_folder(path.parent)
            text = labels / f"{path.stem}.txt"
            is_there = text.is_file()
            yield YoloImage(str(path), path, path.parent, text if is_there else None, labels)


def _place(entry: str, roots: Sequence[Path]) -> Path | None:
    """Return the absolute path of an image of a list: relative to one of the roots, if not so."""
    candidates = (_clean(root / entry) for root in roots)
    return next((path for path in candidates if path.is_file()), None)


def _clean(path: Path) -> Path:
    """Return the path without `..`, taken out as text, so that it never leaves a link's target."""
    return Path(os.path.normpath(path))


def _named_apart(images: Sequence[YoloImage]) -> tuple[YoloImage, ...]:
    """Return the images with names relative to the folder that all are in; each path once."""
    by_path = {image.path: image for image in images}
    if not by_path:
        return ()
    common = os.path.commonpath([path.parent for path in by_path])
    return tuple(
        YoloImage(
            os.path.relpath(path, common), path, image.folder, image.labels, image.labels_folder
        )
        for path, image in by_path.items()
    )
