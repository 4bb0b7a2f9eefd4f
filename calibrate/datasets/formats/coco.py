"""Read COCO annotation files (`instances_*.json`) as compact tables.

A file is read once. Parsing drops whatever the task does not need and turns polygons into arrays,
so that peak memory is little more than the text of the file.
"""

import logging
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.core.text import shown
from calibrate.datasets.formats.annotated_boxes import DROP_HINT, box_problem, settle
from calibrate.datasets.formats.coco_json import entries, load_json, number, whole
from calibrate.datasets.formats.coco_segments import Segments, segments_problem
from calibrate.datasets.formats.findings import raise_found
from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)

LARGEST_ID = 65535
"""Of a category: names are listed by id."""

LARGEST_SIDE = 1 << 20
"""Pixels."""

LARGEST_EDGE = 1e7
"""Pixels, of a box."""


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
    settle(unusable, problems, drop=drop, place=place)
    raise_found(problems)
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
    images = _Images()
    for where, entry in entries(document, "images", place, problems):
        images.add(entry, where, problems)
    category_ids, category_names = _categories(document, place, problems)
    objects = _Objects(images, {key: i for i, key in enumerate(category_ids)}, segments=segments)
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


@dataclass(slots=True)
class _Images:
    rows: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def add(self, entry: Mapping[str, object], where: str, problems: list[CalibrateError]) -> None:
        key, name = entry.get("id"), entry.get("file_name")
        if not isinstance(key, int | str) or not isinstance(name, str) or not name:
            problems.append(CalibrateError("the image has no id or no file_name", where))
        elif str(key) in self.rows:
            problems.append(CalibrateError(f"the image id {shown(str(key))} is used twice", where))
        elif name in self.names:
            first = self.names[name]
            message = f"'{shown(name)}' is listed twice, first at {first}"
            problems.append(CalibrateError(message, where))
        else:
            self.rows[str(key)] = len(self.names)
            self.names[name] = where.rpartition(" ")[2]
            height, width = (whole(entry.get(k), 1, LARGEST_SIDE) for k in ("height", "width"))
            self.sizes.append((height or 0, width or 0))


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


class _Objects:
    """Columns that annotations are appended to; four bytes a number instead of a list's 32."""

    def __init__(self, images: _Images, categories: Mapping[int, int], *, segments: bool) -> None:
        self._images = images
        self._known = categories
        self._outlined = segments
        self._ids: set[object] = set()
        self.rows = array("q")
        self.boxes = array("f")
        self.categories = array("q")
        self.crowd = array("b")
        self.areas = array("f")
        self.segments: list[Segments] = []
        self.keypoints: list[NDArray[np.float32] | None] = []

    def add(
        self,
        entry: Mapping[str, object],
        where: str,
        problems: list[CalibrateError],
        unusable: list[CalibrateError],
    ) -> None:
        box = _edges(entry.get("bbox"))
        area = number(entry.get("area"), LARGEST_EDGE**2)
        faults = self._faults(entry)
        if box is None and not self._outlined:
            faults.append("bbox is not a list of four numbers: x, y, width, height")
        if area is None and "area" in entry:
            faults.append(f"area is {entry['area']!r:.40}, not a number")
        points = entry.get("keypoints")
        if points is not None and not (isinstance(points, np.ndarray) and points.size % 3 == 0):
            faults.append("keypoints are not a list of x, y and visibility of each")
        if faults:
            problems.extend(CalibrateError(fault, where) for fault in faults)
            return
        row = self._images.rows[str(entry["image_id"])]
        category = whole(entry.get("category_id"), 0, LARGEST_ID)
        if category is None or category not in self._known:
            message = f"unknown category_id {entry.get('category_id')!r:.40}"
            unusable.append(CalibrateError(message, where, DROP_HINT))
            return
        box = box or (0.0, 0.0, 0.0, 0.0)
        reason = self._reason(entry, box, row)
        if reason:
            unusable.append(CalibrateError(reason, where, DROP_HINT))
            return
        self.rows.append(row)
        self.boxes.extend(box)
        self.categories.append(self._known[category])
        self.crowd.append(1 if entry.get("iscrowd") else 0)
        self.areas.append((box[2] - box[0]) * (box[3] - box[1]) if area is None else area)
        points = entry.get("keypoints")
        self.keypoints.append(points.reshape(-1, 3) if isinstance(points, np.ndarray) else None)
        if self._outlined:
            self.segments.append(entry["segmentation"])  # type: ignore[arg-type] # as checked

    def _faults(self, entry: Mapping[str, object]) -> list[str]:
        faults = []
        key = entry.get("id")
        if isinstance(key, int | str):
            if key in self._ids:
                faults.append(f"the annotation id {shown(str(key))} is used twice")
            self._ids.add(key)
        image = entry.get("image_id")
        if not isinstance(image, int | str) or str(image) not in self._images.rows:
            faults.append(f"image_id {image!r:.40} is not among the images")
        if entry.get("iscrowd", 0) not in (0, 1):
            faults.append(f"iscrowd is {entry.get('iscrowd')!r:.40}, not 0 or 1")
        return faults

    def _reason(
        self, entry: Mapping[str, object], box: tuple[float, float, float, float], row: int
    ) -> str:
        height, width = self._images.sizes[row]
        if self._outlined:
            return segments_problem(entry.get("segmentation"), height, width)
        return box_problem(box, height, width)


def _edges(value: object) -> tuple[float, float, float, float] | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    x, y, width, height = (number(edge, LARGEST_EDGE) for edge in value)
    if x is None or y is None or width is None or height is None:
        return None
    return x, y, x + width, y + height
