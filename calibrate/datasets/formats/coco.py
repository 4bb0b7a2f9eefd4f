"""Read COCO annotation files (`instances_*.json`) as compact tables.

A file is read once. Parsing drops whatever the task does not need and turns polygons into arrays,
so that peak memory is little more than the text of the file.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.core.text import shown
from calibrate.datasets.formats.annotated_boxes import report_or_drop
from calibrate.datasets.formats.coco_json import entries, load_json, whole
from calibrate.datasets.formats.coco_objects import LARGEST_ID, CocoImages, CocoObjects
from calibrate.datasets.formats.coco_segments import Segments
from calibrate.datasets.formats.findings import raise_problems
from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class CocoTable:
    """Contents of an annotation file, images in its order and objects by image.

    Attributes:
        image_ids: as text, one per image.
        file_names: as written, one per image.
        sizes: height, width of each image, 0 where the file has none.
        starts: [images + 1] int64, where each image's objects begin in the arrays below.
        boxes: [objects, 4] float32, xmin ymin xmax ymax, pixels.
        categories: [objects] int64, positions in `category_ids`.
        crowd: [objects] bool.
        areas: [objects] float32, square pixels.
        segments: the outline of each object, where requested.
        keypoints: [K, 3] of each object, x, y and visibility, None where it has none.
        category_ids: as the file numbers them, ascending, as pycocotools takes them.
        category_names: in the order of `category_ids`.
    """

    image_ids: tuple[str, ...]
    file_names: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    starts: NDArray[np.int64]
    boxes: NDArray[np.float32]
    categories: NDArray[np.int64]
    crowd: NDArray[np.bool_]
    areas: NDArray[np.float32]
    segments: tuple[Segments, ...]
    category_ids: tuple[int, ...]
    category_names: tuple[str, ...]
    keypoints: tuple[NDArray[np.float32] | None, ...] = ()

    def objects(self, image: int) -> slice:
        """Return the slice of the arrays with the objects of an image."""
        return slice(int(self.starts[image]), int(self.starts[image + 1]))


def read_coco(path: Path, *, segments: bool, drop: bool) -> CocoTable:
    """Return the table of an annotation file.

    Args:
        path: of the JSON file.
        segments: True for outlines (boxes may then be absent), False for boxes.
        drop: leave objects out that cannot be used, with a warning, instead of failing.

    Raises:
        CalibrateError: the file is no such JSON, or has problems, all of which are listed.
    """
    place = shown(path)
    problems: list[CalibrateError] = []
    unusable: list[CalibrateError] = []
    document = load_json(path, segments=segments)
    table = parse_coco(document, place, problems, unusable, segments=segments)
    report_or_drop(unusable, problems, drop=drop, place=place)
    raise_problems(problems)
    return table


def parse_coco(
    document: object,
    place: str,
    problems: list[CalibrateError],
    unusable: list[CalibrateError],
    *,
    segments: bool,
) -> CocoTable:
    """Return the table of a document, without faulty entries.

    Args:
        document: as `load_json` gives it.
        place: its file, for messages.
        problems: gets an entry for everything that violates the format.
        unusable: gets an entry for each object that is well-formed, but unusable.
        segments: True for outlines (boxes may then be absent), False for boxes.
    """
    images = CocoImages()
    for where, entry in entries(document, "images", place, problems):
        images.add(entry, where, problems)
    category_ids, category_names = _categories(document, place, problems)
    objects = CocoObjects(images, {key: i for i, key in enumerate(category_ids)}, segments=segments)
    for where, entry in entries(document, "annotations", place, problems):
        objects.add(entry, where, problems, unusable)
    rows = np.asarray(objects.rows)
    order = np.argsort(rows, kind="stable")
    starts = np.zeros(len(images.names) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(images.names)), out=starts[1:])
    return CocoTable(
        image_ids=tuple(images.rows),
        file_names=tuple(images.names),
        sizes=tuple(images.sizes),
        starts=starts,
        boxes=np.asarray(objects.boxes).reshape(-1, 4)[order],
        categories=np.asarray(objects.categories)[order],
        crowd=np.asarray(objects.crowd).astype(np.bool_)[order],
        areas=np.asarray(objects.areas)[order],
        segments=tuple(objects.segments[i] for i in order) if segments else (),
        keypoints=tuple(objects.keypoints[i] for i in order),
        category_ids=tuple(category_ids),
        category_names=tuple(category_names),
    )


def _categories(
    document: object, place: str, problems: list[CalibrateError]
) -> tuple[list[int], list[str]]:
    names: dict[int, str] = {}
    parents: dict[int, object] = {}
    for where, entry in entries(document, "categories", place, problems):
        key, name = whole(entry.get("id"), 0, LARGEST_ID), entry.get("name")
        if key is None or not isinstance(name, str):
            message = f"the category has no id between 0 and {LARGEST_ID}, or no name"
            problems.append(CalibrateError(message, where))
        elif key in names:
            problems.append(CalibrateError(f"the category id {key} is used twice", where))
        else:
            names[key] = name
            parents[key] = entry.get("supercategory")
    placeholder = _placeholder(parents, document)
    if placeholder is not None:
        LOGGER.warning(
            "%s: the category %d '%s' is left out: it has no object and is the placeholder that "
            "Roboflow writes for the group of all classes",
            place,
            placeholder,
            shown(names.pop(placeholder)),
        )
    ids = sorted(names)
    return ids, [names[key] for key in ids]


def _placeholder(parents: Mapping[int, object], document: object) -> int | None:
    """Return the id of Roboflow's group of all classes, or None.

    It is the lowest id, has no object and the supercategory `none`, which no other category has.
    """
    if len(parents) < 2:
        return None
    lowest = min(parents)
    if [key for key, parent in parents.items() if parent == "none"] != [lowest]:
        return None
    annotations = document.get("annotations") if isinstance(document, dict) else None
    used = (
        {entry.get("category_id") for entry in annotations if isinstance(entry, dict)}
        if isinstance(annotations, list)
        else set()
    )
    return lowest if used and lowest not in used else None
