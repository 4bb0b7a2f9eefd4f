"""YOLO label folders: a text file for each image, an object in each line."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.annotated_boxes import (
    DROP_HINT,
    GivenObject,
    box_set,
    most_frequent,
    report_or_drop,
)
from calibrate.datasets.formats.class_names import ClassNames
from calibrate.datasets.formats.findings import raise_problems
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.datasets.formats.label_lists import read_label_names
from calibrate.datasets.formats.paths import regular_file
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.datasets.formats.ultralytics_yaml import read_data_yaml
from calibrate.datasets.formats.yolo_places import YoloImage, images_of_folder, images_of_split
from calibrate.datasets.formats.yolo_rows import RowForm, YoloObject, parse_yolo
from calibrate.datasets.formats.yolo_targets import YoloTarget, with_target
from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    items: tuple[Item, ...]
    folders: Mapping[str, Path]
    labels: Mapping[str, NDArray[np.int64]]
    shares: Mapping[str, NDArray[np.float64]]
    objects: Mapping[str, tuple[YoloObject, ...]]


class YoloLabeling(ImageComponent):
    """YOLO layout: images and label files with an object in each line, or Ultralytics' `data.yaml`.

    A line is `class cx cy w h`, optionally followed by a confidence; or an outline or an oriented
    box, of which the enclosing box is read; or a pose, of which the box is read. `target` selects
    masks, keypoints or oriented boxes instead. An image without a label file has no objects, and
    lines that repeat one count once, as in training. A label file without an image is an error.
    Boxes that cross the image's border are kept as written.

    Example:
        type: yolo_labeling
        data_yaml: datasets/parts/data.yaml
        split: val
    """

    data_yaml: AnchoredPath | None = None
    """Ultralytics' and Roboflow's description: names, and for each split a folder of images,
    several, or a list of files, whose labels are in the folder `labels` beside `images`."""
    split: str = "val"
    """The split of `data_yaml`: `val`, `test` or `train`."""
    images_dir: AnchoredPath | None = None
    """Folder of the images; those in folders below it belong to them. Instead of `data_yaml`, or
    to read other images with its names."""
    annotations_dir: AnchoredPath | None = None
    """Folder of the label files, with the same folders below; with `images_dir`."""
    target: YoloTarget = "boxes"
    """Annotations that are read besides boxes: `masks` of outlines, `keypoints` of poses, or the
    corners of `oriented` boxes."""
    row_format: RowForm = "auto"
    """Content of the lines; `auto` derives it from the count of numbers in a line. `pose` is needed
    for keypoints without visibility."""
    labels_file: AnchoredPath | None = None
    """Class names, one per line, in the order of their ids; or a `data.yaml`, of which the names
    count."""
    classes: ClassNames = ()
    """Class names here instead of in a file; with either, other ids are unknown classes."""
    bad_objects: Literal["error", "drop"] = "error"
    """How to handle objects of unknown classes and of boxes without area."""
    allow_outside: bool = False
    """Whether links, and lists of `data_yaml`, may lead out of the folders."""

    @model_validator(mode="after")
    def _fits(self) -> "YoloLabeling":
        if self.labels_file and self.classes:
            raise ValueError("give either labels_file or classes")
        if (self.images_dir is None) != (self.annotations_dir is None):
            raise ValueError("images_dir and annotations_dir go together")
        if self.images_dir is None and self.data_yaml is None:
            raise ValueError("give data_yaml, or images_dir with annotations_dir")
        return self

    def _images(self, problems: list[CalibrateError]) -> Sequence[YoloImage]:
        if self.images_dir is not None and self.annotations_dir is not None:
            return images_of_folder(self.images_dir, self.annotations_dir, problems)
        if self.data_yaml is None:
            raise CalibrateError("neither folders nor data_yaml are given")
        described = read_data_yaml(self.data_yaml)
        return images_of_split(described, self.split, problems, allow_outside=self.allow_outside)

    def items(self) -> Sequence[Item]:
        """All images in the order of their names; boxes become pixels when they are read."""
        return self._index.items

    def read(self, item: Item) -> Sample:
        """Decode an image and scale its boxes to it."""
        folder = None if self.allow_outside else self._index.folders[item.id]
        sample = read_image_item(item, folder, bits=self.bits)
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
        lines = self._index.objects[item.id]
        try:
            annotation = with_target(box_set(objects, item.id), lines, (height, width), self.target)
        except CalibrateError as error:
            raise CalibrateError(error.message, f"labels of {item.id}", error.hint) from error
        return replace(sample, annotation=annotation)

    def sources(self) -> Sequence[Path]:
        """The description, or both folders, and the file of names."""
        given = (self.data_yaml, self.images_dir, self.annotations_dir, self.labels_file)
        return [path for path in given if path]

    def label_names(self) -> Sequence[str]:
        """Class names by id, empty where none are given."""
        if self.classes:
            return self.classes
        return read_label_names(self.labels_file or self.data_yaml).names

    @cached_property
    def _index(self) -> _Index:
        problems: list[CalibrateError] = []
        unusable: list[CalibrateError] = []
        images = self._images(problems)
        count = len(self.label_names())
        items: list[Item] = []
        repeated = 0
        labels: dict[str, NDArray[np.int64]] = {}
        shares: dict[str, NDArray[np.float64]] = {}
        lines: dict[str, tuple[YoloObject, ...]] = {}
        folders: dict[str, Path] = {}
        for image in images:
            read = self._given(image, problems)
            given = _distinct(read)
            repeated += len(read) - len(given)
            faults = [_fault(entry, count) for entry in given]
            unusable.extend(
                CalibrateError(fault, f"{_shown_labels(image)}:{entry.line}", DROP_HINT)
                for entry, fault in zip(given, faults, strict=True)
                if fault
            )
            objects = [entry for entry, fault in zip(given, faults, strict=True) if not fault]
            key = shown(image.name)
            labels[key] = np.array([o.label for o in objects], np.int64)
            lines[key] = tuple(objects) if self.target != "boxes" else ()
            rows = [(o.centre_x, o.centre_y, o.width, o.height) for o in objects]
            shares[key] = np.array(rows, np.float64).reshape(-1, 4)
            folders[key] = image.folder
            stratum = most_frequent(labels[key].tolist())
            items.append(Item(key, image.path, stratum=stratum))
        place = shown(self.annotations_dir or self.data_yaml or "")
        report_or_drop(unusable, problems, drop=self.bad_objects == "drop", place=place)
        raise_problems(problems)
        if repeated:
            LOGGER.warning("%s: %d repeated lines are left out", place, repeated)
        return _Index(tuple(items), folders, labels, shares, lines)

    def _given(self, image: YoloImage, problems: list[CalibrateError]) -> list[YoloObject]:
        if image.labels is None:
            return []
        try:
            regular_file(image.labels, None if self.allow_outside else image.labels_folder)
            text = split_lines(read_text(image.labels))
            return parse_yolo(text, shown(image.labels), problems, self.row_format)
        except CalibrateError as error:
            problems.append(error)
            return []


def _shown_labels(image: YoloImage) -> str:
    return shown(image.labels or image.path)


def _distinct(objects: Sequence[YoloObject]) -> list[YoloObject]:
    """The objects without exact repetitions, which training leaves out as well."""
    first = {replace(entry, line=0): entry for entry in reversed(objects)}
    return sorted(first.values(), key=lambda entry: entry.line)


def _fault(entry: YoloObject, count: int) -> str:
    if count and entry.label >= count:
        return f"unknown class {entry.label}, there are {count}"
    if entry.width <= 0 or entry.height <= 0:
        return "the box has no area"
    return ""
