"""What YOLO label lines say besides boxes: masks of outlines, keypoints, oriented boxes."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import BoxSet, InstanceMaskSet, OrientedBoxSet, PoseSet
from calibrate.core.quads import quad_areas, upright
from calibrate.datasets.formats.coco_segments import draw
from calibrate.datasets.formats.yolo_rows import YoloObject
from calibrate.errors import CalibrateError

YoloTarget = Literal["boxes", "masks", "keypoints", "oriented"]

_CORNERS = 8


def with_target(
    boxes: BoxSet, objects: Sequence[YoloObject], size: tuple[int, int], target: YoloTarget
) -> BoxSet:
    """Return the objects of one image with what the task needs besides boxes.

    Args:
        boxes: of the objects, in pixels.
        objects: the lines, in the same order.
        size: height and width of the image, pixels.
        target: which of the four.

    Raises:
        CalibrateError: a line holds no such thing; the place is the caller's to add.
    """
    if target == "boxes":
        return boxes
    given: dict[str, Any] = {part.name: getattr(boxes, part.name) for part in fields(boxes)}
    if target == "masks":
        return _with_masks(given, objects, size)
    if target == "keypoints":
        return PoseSet(**given, keypoints=_keypoints(objects, size))
    corners = _corners(boxes, objects, size)
    areas = quad_areas(corners).astype(np.float32)
    return OrientedBoxSet(**{**given, "areas": areas}, corners=corners)


def _with_masks(
    given: dict[str, Any], objects: Sequence[YoloObject], size: tuple[int, int]
) -> InstanceMaskSet:
    height, width = size
    masks = []
    for entry in objects:
        points = np.array(entry.outline or _box_outline(entry), np.float64).reshape(-1, 2)
        masks.append(draw(((points * [width, height]).ravel(),), height, width))
    pixels = np.stack(masks) if masks else np.zeros((0, height, width), np.bool_)
    areas = pixels.sum(axis=(1, 2)).astype(np.float32)
    packed = np.packbits(pixels, axis=-1)
    return InstanceMaskSet(**{**given, "areas": areas}, masks=packed, width=width)


def _box_outline(entry: YoloObject) -> tuple[float, ...]:
    left, right = entry.centre_x - entry.width / 2, entry.centre_x + entry.width / 2
    top, bottom = entry.centre_y - entry.height / 2, entry.centre_y + entry.height / 2
    return (left, top, right, top, right, bottom, left, bottom)


def _keypoints(objects: Sequence[YoloObject], size: tuple[int, int]) -> NDArray[np.float32]:
    """Return [N, K, 3] float32: x and y in pixels, and the visibility, 2 where none is given."""
    counts = {len(entry.keypoints) for entry in objects}
    if len(counts) > 1:
        raise CalibrateError(f"objects have {min(counts)} and {max(counts)} keypoints")
    if counts == {0}:
        raise CalibrateError(
            "the lines hold no keypoints",
            hint="set row_format: pose where keypoints have no visibility",
        )
    points = np.array([entry.keypoints for entry in objects], np.float32)
    points = points.reshape(len(objects), -1, 3)
    return points * np.array([size[1], size[0], 1], np.float32)


def _corners(
    boxes: BoxSet, objects: Sequence[YoloObject], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return [N, 4, 2] float32 in pixels; a box without outline is upright."""
    corners = upright(boxes.boxes)
    for row, entry in enumerate(objects):
        if entry.outline and len(entry.outline) != _CORNERS:
            raise CalibrateError(
                f"an outline of {len(entry.outline) // 2} points is no oriented box",
                hint="an oriented box has four corners: `class x1 y1 x2 y2 x3 y3 x4 y4`",
            )
        if entry.outline:
            points = np.array(entry.outline, np.float32).reshape(4, 2)
            corners[row] = points * np.array([size[1], size[0]], np.float32)
    return corners
