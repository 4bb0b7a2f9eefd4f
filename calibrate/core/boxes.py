"""Arithmetic of boxes: overlap, centre form, clipping.

Boxes are [N, 4] float32 rows of xmin ymin xmax ymax in any unit, edges without the extra pixel
that VOC's devkit adds: a box of zero width has no area.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]

BoxFormat = Literal["xyxy", "yxyx", "cxcywh", "xywh"]
"""Order of a box's numbers in a model's output: two corners, the same with y first, centre and
size, or the first corner and size."""

Rounding = Literal["none", "nearest", "nearest_to_zero", "lower", "greater"]
"""The Accuracy Checker's names, of its postprocessing `cast_to_int`."""

_ROUNDINGS: Mapping[Rounding, Callable[[Boxes], Any]] = {
    "nearest": np.rint,
    "nearest_to_zero": np.trunc,
    "lower": np.floor,
    "greater": np.ceil,
}


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """Return areas [N] of boxes [N, 4]; 0 for boxes with negative width or height."""
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    product: NDArray[np.float32] = sides[:, 0] * sides[:, 1]
    return product


def iou(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Return intersection over union of every pair: [N, 4] and [M, 4] to [N, M], 0-1.

    Two boxes without area have an overlap of 0, also with themselves.
    """
    rows, columns = first[:, :, None], second.T[None]
    # Edge by edge: arrays whose last axis is the long one are several times faster.
    width = np.minimum(rows[:, 2], columns[:, 2]) - np.maximum(rows[:, 0], columns[:, 0])
    height = np.minimum(rows[:, 3], columns[:, 3]) - np.maximum(rows[:, 1], columns[:, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    return _ratio(shared, areas(first)[:, None] + areas(second)[None, :] - shared)


def pair_iou(
    boxes: Boxes, first: NDArray[np.intp], second: NDArray[np.intp], *, edge: float = 0.0
) -> NDArray[np.float32]:
    """Return intersection over union of chosen pairs [P] of boxes [N, 4]; values as of `iou`.

    Args:
        boxes: [N, 4].
        first: [P] rows.
        second: [P] rows.
        edge: what is added to width and height.
    """
    if edge:
        boxes = boxes + np.array([0, 0, edge, edge], np.float32)
    xmin, ymin, xmax, ymax = np.ascontiguousarray(boxes.T)
    width = np.minimum(xmax[first], xmax[second]) - np.maximum(xmin[first], xmin[second])
    height = np.minimum(ymax[first], ymax[second]) - np.maximum(ymin[first], ymin[second])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    area = areas(boxes)
    return _ratio(shared, area[first] + area[second] - shared)


def paired_iou(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Return intersection over union of boxes in the same row: [N, 4] and [N, 4] to [N], 0-1.

    Rows that are equal have an overlap of 1, with area or without.
    """
    low = np.maximum(first[:, :2], second[:, :2])
    high = np.minimum(first[:, 2:], second[:, 2:])
    sides = np.maximum(high - low, 0)
    shared = sides[:, 0] * sides[:, 1]
    overlap = _ratio(shared, areas(first) + areas(second) - shared)
    return np.where((first == second).all(axis=1), np.float32(1), overlap)


def pair_diou(
    boxes: Boxes, first: NDArray[np.intp], second: NDArray[np.intp], *, edge: float = 0.0
) -> NDArray[np.float32]:
    """Return `pair_iou` less the distance of the middles, as DIoU suppression takes it.

    The distance is squared, relative to the squared diagonal of the box around both, to the power
    of 0.6. Source: Zheng et al., Distance-IoU Loss, 2020, with the power of YOLOv4's code.

    Args:
        boxes: [N, 4].
        first: [P] rows.
        second: [P] rows.
        edge: what `pair_iou` adds to width and height.
    """
    mine, others = boxes[first].astype(np.float64), boxes[second].astype(np.float64)
    around = np.maximum(mine[:, 2:], others[:, 2:]) - np.minimum(mine[:, :2], others[:, :2])
    middles = (mine[:, :2] + mine[:, 2:] - others[:, :2] - others[:, 2:]) / 2
    apart = np.square(middles).sum(axis=1) / (np.square(around).sum(axis=1) + 1e-16)
    return np.asarray(pair_iou(boxes, first, second, edge=edge) - apart**0.6, np.float32)


def from_centres(centres: Boxes) -> Boxes:
    """Return boxes from rows of centre x, centre y, width, height."""
    middle, half = centres[:, :2], centres[:, 2:] / 2
    return np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)


def to_corners(boxes: Boxes, box_format: BoxFormat) -> Boxes:
    """Return boxes from rows of any format."""
    if box_format == "cxcywh":
        return from_centres(boxes)
    if box_format == "xywh":
        low, size = boxes[:, :2], boxes[:, 2:]
        return np.concatenate([low, low + size], axis=1).astype(np.float32)
    return boxes[:, [1, 0, 3, 2]] if box_format == "yxyx" else boxes


def from_distances(points: NDArray[np.float32], distances: NDArray[np.float32]) -> Boxes:
    """Return boxes from points [N, 2] (x, y) and distances [N, 4] to left, top, right, bottom."""
    return np.concatenate([points - distances[:, :2], points + distances[:, 2:]], axis=1).astype(
        np.float32
    )


def clip(boxes: Boxes, width: float, height: float) -> Boxes:
    """Clip boxes to an image of width x height, in the unit of the boxes."""
    limit = np.array([width, height, width, height], np.float32)
    inside: Boxes = np.clip(boxes, np.float32(0), limit)
    return inside


def rounded(boxes: Boxes, rounding: Rounding) -> Boxes:
    """Boxes with their corners rounded to whole numbers, or as they are."""
    if rounding == "none":
        return boxes
    whole: Boxes = _ROUNDINGS[rounding](boxes).astype(np.float32)
    return whole


def _ratio(shared: NDArray[np.float32], union: NDArray[np.float32]) -> NDArray[np.float32]:
    ratio = np.zeros(shared.shape, np.float32)
    np.divide(shared, union, out=ratio, where=union > 0)
    return ratio
