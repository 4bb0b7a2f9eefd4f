"""YOLO label folders: a text file for each image, `class cx cy w h` in each line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from calibrate.core.component import AnchoredPath, Component
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.annotated_boxes import (
    DROP_HINT,
    GivenObject,
    box_set,
    most_frequent,
    settle,
)
from calibrate.datasets.formats.class_names import ClassNames
from calibrate.datasets.formats.findings import raise_found
from calibrate.datasets.formats.images import read_image_item
from calibrate.datasets.formats.label_lists import integer, read_label_names
from calibrate.datasets.formats.listing import images_by_stem, one_each, stem_of
from calibrate.datasets.formats.paths import list_files, regular_file
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.errors import CalibrateError

SLACK = 1.001
"""How far rounding may carry a normalized coordinate beyond 1."""


@dataclass(frozen=True, slots=True)
class YoloObject:
    """One line: class, centre and size in shares of the image's width and height."""

    label: int
    centre_x: float
    centre_y: float
    width: float
    height: float
    line: int


def parse_yolo(
    lines: Iterable[str], place: str, problems: list[CalibrateError]
) -> list[YoloObject]:
    """Objects of a label file; blank lines are left out.

    Args:
        lines: of the file.
        place: its path, for messages.
        problems: gets an entry for each line of another form.
    """
    found: list[YoloObject] = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        where = f"{place}:{number}"
        if not words:
            continue
        if len(words) != 5:
            polygon = len(words) >= 7 and len(words) % 2
            kind = "an outline of a segmentation dataset" if polygon else "not `class cx cy w h`"
            problems.append(CalibrateError(f"the line has {len(words)} numbers, {kind}", where))
            continue
        label, shares = integer(words[0]), [_share(word) for word in words[1:]]
        if label is None or label < 0:
            message = f"the class '{shown(words[0][:40])}' is not a whole number from 0"
            problems.append(CalibrateError(message, where))
        elif any(share is None for share in shares):
            wrong = words[1:][shares.index(None)]
            problems.append(
                CalibrateError(
                    f"'{shown(wrong[:40])}' is not a number between 0 and 1",
                    where,
                    "coordinates are shares of the image's width and height",
                )
            )
        else:
            x, y, width, height = (share for share in shares if share is not None)
            found.append(YoloObject(label, x, y, width, height, number))
    return found


def _share(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if 0 <= value <= SLACK else None


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    items: tuple[Item, ...]
    labels: Mapping[str, NDArray[np.int64]]
    shares: Mapping[str, NDArray[np.float64]]


class YoloLabeling(Component):
    """YOLO layout: a folder of images and one of label files with `class cx cy w h`.

    An image without a label file has no objects, as in training. A label file without an image
    is an error. Boxes that cross the image's border are kept as written.

    Example:
        type: yolo_labeling
        images_dir: images/val
        annotations_dir: labels/val
        labels_file: coco.names
    """

    images_dir: AnchoredPath
    """Folder of the images; those in folders below it belong to them."""
    annotations_dir: AnchoredPath
    """Folder of the label files, with the same folders below."""
    labels_file: AnchoredPath | None = None
    """Class names, one a line, in the order of their ids."""
    classes: ClassNames = ()
    """Class names here instead of in a file; with either, other ids are unknown classes."""
    bad_objects: Literal["error", "drop"] = "error"
    """What becomes of objects of unknown classes and of boxes without area."""
    allow_outside: bool = False
    """Whether links may lead out of the folders."""

    @model_validator(mode="after")
    def _fits(self) -> "YoloLabeling":
        if self.labels_file and self.classes:
            raise ValueError("give either labels_file or classes")
        return self

    def items(self) -> Sequence[Item]:
        """All images in the order of their names; boxes become pixels when they are read."""
        return self._index.items

    def read(self, item: Item) -> Sample:
        """Decode an image and scale its boxes to it."""
        sample = read_image_item(item, None if self.allow_outside else self.images_dir)
        height, width = sample.image.shape[:2]
        centre, size = np.split(self._index.shares[item.id], 2, axis=1)
        boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
        scaled = boxes * np.array([width, height] * 2, np.float64)
        objects = [
            GivenObject(int(label), (xmin, ymin, xmax, ymax))
            for label, (xmin, ymin, xmax, ymax) in zip(
                self._index.labels[item.id], scaled.tolist(), strict=True
            )
        ]
        return replace(sample, annotation=box_set(objects, item.id))

    def sources(self) -> Sequence[Path]:
        """Both folders and the file of names."""
        return [p for p in (self.images_dir, self.annotations_dir, self.labels_file) if p]

    def label_names(self) -> Sequence[str]:
        """Class names by id, empty where none are given."""
        return read_label_names(self.labels_file).names if self.labels_file else self.classes

    @cached_property
    def _index(self) -> _Index:
        problems: list[CalibrateError] = []
        unusable: list[CalibrateError] = []
        images = one_each(images_by_stem(self.images_dir), self.images_dir, problems)
        files = {stem_of(name): name for name in list_files(self.annotations_dir, (".txt",))}
        files.pop("classes", None)  # Labelling tools leave the class names there.
        problems.extend(
            CalibrateError("there is no image for this label file", shown(self._label_file(name)))
            for stem, name in files.items()
            if stem not in images
        )
        count = len(self.label_names())
        items: list[Item] = []
        labels: dict[str, NDArray[np.int64]] = {}
        shares: dict[str, NDArray[np.float64]] = {}
        for stem, name in images.items():
            given = self._given(files.get(stem), problems)
            faults = [_fault(entry, count) for entry in given]
            unusable.extend(
                CalibrateError(
                    fault, f"{shown(self._label_file(files[stem]))}:{entry.line}", DROP_HINT
                )
                for entry, fault in zip(given, faults, strict=True)
                if fault
            )
            objects = [entry for entry, fault in zip(given, faults, strict=True) if not fault]
            key = shown(name)
            labels[key] = np.array([o.label for o in objects], np.int64)
            rows = [(o.centre_x, o.centre_y, o.width, o.height) for o in objects]
            shares[key] = np.array(rows, np.float64).reshape(-1, 4)
            stratum = most_frequent(labels[key].tolist())
            items.append(Item(key, self.images_dir / name, stratum=stratum))
        settle(
            unusable, problems, drop=self.bad_objects == "drop", place=shown(self.annotations_dir)
        )
        raise_found(problems)
        return _Index(tuple(items), labels, shares)

    def _label_file(self, name: str) -> Path:
        return self.annotations_dir / name

    def _given(self, name: str | None, problems: list[CalibrateError]) -> list[YoloObject]:
        if name is None:
            return []
        path = self._label_file(name)
        try:
            regular_file(path, None if self.allow_outside else self.annotations_dir)
            return parse_yolo(split_lines(read_text(path)), shown(path), problems)
        except CalibrateError as error:
            problems.append(error)
            return []


def _fault(entry: YoloObject, count: int) -> str:
    if count and entry.label >= count:
        return f"unknown class {entry.label}, there are {count}"
    if entry.width <= 0 or entry.height <= 0:
        return "the box has no area"
    return ""
