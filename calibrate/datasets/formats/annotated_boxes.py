"""Boxes as annotations give them: which of them can be used, and the record they become.

A box that crosses the image's border is kept as it is written, as pycocotools and the VOC
development kit keep it. A box without any area inside the image could be found by no model and
would count as missed for ever, so it is a problem.
"""

import logging
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import BoxSet
from calibrate.errors import CalibrateError

LOGGER = logging.getLogger(__name__)

DROP_HINT = "correct it, or leave such objects out with bad_objects: drop"


@dataclass(frozen=True, slots=True)
class GivenObject:
    """One object of an annotation.

    Attributes:
        label: class id.
        box: xmin ymin xmax ymax, pixels of the source image.
        difficult: left out of VOC's count.
        crowd: matched by COCO without counting.
        area: square pixels; None for that of the box.
    """

    label: int
    box: tuple[float, float, float, float]
    difficult: bool = False
    crowd: bool = False
    area: float | None = None


_FARTHEST = 1e9
"""Pixels; areas of boxes up to there are finite in float32."""


def box_problem(box: Sequence[float], height: float, width: float) -> str:
    """Why a box cannot be used; empty when it can.

    Args:
        box: xmin ymin xmax ymax, pixels.
        height: of the image, 0 where it is unknown.
        width: of the image, 0 where it is unknown.
    """
    xmin, ymin, xmax, ymax = box
    if not all(math.isfinite(edge) for edge in box):
        return f"the box {shown(box)} is not finite"
    if max(abs(edge) for edge in box) > _FARTHEST:
        return f"the box {shown(box)} lies more than {_FARTHEST:g} pixels away"
    if xmax <= xmin or ymax <= ymin:
        return f"the box {shown(box)} has no area"
    if xmax <= 0 or ymax <= 0 or (width and xmin >= width) or (height and ymin >= height):
        size = f"{width:g}x{height:g} " if width and height else ""
        return f"the box {shown(box)} lies outside the {size}image"
    return ""


def shown(box: Sequence[float]) -> str:
    """The box as messages show it."""
    return "[" + ", ".join(f"{edge:g}" for edge in box) + "]"


def report_or_drop(
    unusable: list[CalibrateError], problems: list[CalibrateError], *, drop: bool, place: str
) -> None:
    """Make objects that cannot be used problems, or leave them out with a warning.

    Args:
        unusable: one entry an object.
        problems: gets them unless they are dropped.
        drop: whether the config asks to leave them out.
        place: the annotation, for the warning.
    """
    if not drop:
        problems.extend(unusable)
    elif unusable:
        LOGGER.warning("%s: %d objects left out; first: %s", place, len(unusable), unusable[0])


def box_set(objects: Sequence[GivenObject], image_id: str) -> BoxSet:
    """The record of one image's objects."""
    boxes = np.array([entry.box for entry in objects], np.float64).reshape(-1, 4)
    areas = [
        box_area if entry.area is None else entry.area
        for entry, box_area in zip(objects, _areas(boxes), strict=True)
    ]
    return BoxSet(
        boxes=boxes.astype(np.float32),
        labels=np.array([entry.label for entry in objects], np.int64),
        difficult=np.array([entry.difficult for entry in objects], np.bool_),
        crowd=np.array([entry.crowd for entry in objects], np.bool_),
        areas=np.array(areas, np.float32),
        image_id=image_id,
    )


def _areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    areas: NDArray[np.float64] = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


def most_frequent(labels: Sequence[int]) -> int | None:
    """The class that stands most often in an image, the least id among equals; None without."""
    if not labels:
        return None
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def check_size(actual: tuple[int, int], stated: tuple[int, int], where: str) -> None:
    """Refuse an image of another size than its annotation was made for.

    Args:
        actual: height, width of the decoded image.
        stated: height, width that the annotation says; 0 where it does not.
        where: the image's file.

    Raises:
        CalibrateError: they differ, so the boxes would lie elsewhere.
    """
    if 0 not in stated and actual != stated:
        raise CalibrateError(
            f"the image is {actual[1]}x{actual[0]}, its annotation was made for "
            f"{stated[1]}x{stated[0]}",
            where=where,
            hint="the image was resized, or turned by its EXIF orientation, after it was annotated",
        )
