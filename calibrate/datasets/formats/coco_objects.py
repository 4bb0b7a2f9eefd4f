"""Images and objects of a COCO annotation file, checked and gathered in columns."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibrate.core.text import shown
from calibrate.datasets.formats.annotated_boxes import DROP_HINT, box_problem
from calibrate.datasets.formats.coco_json import number, whole
from calibrate.datasets.formats.coco_segments import Segments, segments_problem
from calibrate.errors import CalibrateError

LARGEST_ID = 65535
"""Of a category: names are listed by id."""


LARGEST_SIDE = 1 << 20
"""Pixels."""


LARGEST_EDGE = 1e7
"""Pixels, of a box."""


@dataclass(slots=True)
class CocoImages:
    """The images of a file.

    Attributes:
        rows: position of each image, by its id as text.
        names: file names in their order, with the position in the file where each is listed.
        sizes: height and width of each image in pixels, 0 where the file has none.
    """

    rows: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sizes: list[tuple[int, int]] = field(default_factory=list)

    def add(self, entry: Mapping[str, object], where: str, problems: list[CalibrateError]) -> None:
        """Append an entry of `images`; a faulty one adds to `problems` instead."""
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


class CocoObjects:
    """Columns that annotations are appended to; four bytes a number instead of a list's 32."""

    def __init__(
        self, images: CocoImages, categories: Mapping[int, int], *, segments: bool
    ) -> None:
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
        """Append an entry of `annotations`; a faulty one adds to a list of errors instead.

        Args:
            entry: as read.
            where: the entry, for messages.
            problems: gets what violates the format.
            unusable: gets what is well-formed, but unusable.
        """
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
