"""How far detections and objects of one image overlap: by boxes, masks or keypoints.

Rules of boxes, masks and keypoints are those of pycocotools: `COCOeval.computeIoU` and
`COCOeval.computeOks`; that of oriented boxes is DOTA's.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from calibrate.core.annotation import BoxSet, InstanceMaskSet, OrientedBoxSet, PoseSet
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.instance_masks import InstanceMasks
from calibrate.core.predictions.oriented_boxes import OrientedBoxes
from calibrate.core.predictions.poses import Poses
from calibrate.core.quads import quad_areas, quad_iou

Floats = NDArray[np.float64]


class Overlaps(NamedTuple):
    """What matching needs of one image.

    Attributes:
        pairs: [D, G] overlap of each detection with each object, 0-1.
        sizes: [D] area of each detection, square pixels.
        uncounted: [G] objects that are matched without counting, beside crowds.
    """

    pairs: Floats
    sizes: Floats
    uncounted: NDArray[np.bool_]


Rule = Callable[[Detections, BoxSet, NDArray[np.int64]], Overlaps]
"""From detections, objects and the [D] indices of the detections that are compared."""


def box_overlaps(detections: Detections, objects: BoxSet, kept: NDArray[np.int64]) -> Overlaps:
    """Intersection over union of boxes; of crowds, over the detection's area."""
    boxes = _sides(detections.boxes[kept])
    return Overlaps(
        _iou(boxes, _sides(objects.boxes), objects), boxes[:, 2] * boxes[:, 3], _none(objects)
    )


def edged_overlaps(edge: float) -> Rule:
    """Intersection over union of boxes, with pixels added to width and height of detections.

    Args:
        edge: pixels.
    """

    def rule(detections: Detections, objects: BoxSet, kept: NDArray[np.int64]) -> Overlaps:
        boxes = _sides(detections.boxes[kept]) + np.array([0.0, 0.0, edge, edge])
        pairs = _iou(boxes, _sides(objects.boxes), objects)
        return Overlaps(pairs, boxes[:, 2] * boxes[:, 3], _none(objects))

    return rule


def mask_overlaps(detections: Detections, objects: BoxSet, kept: NDArray[np.int64]) -> Overlaps:
    """Intersection over union of masks; of crowds, over the detection's area."""
    mine, theirs = _runs(detections, kept), _runs(objects, np.arange(len(objects.labels)))
    sizes = np.asarray(coco_mask.area(mine), np.float64)
    return Overlaps(_iou(mine, theirs, objects), sizes, _none(objects))


def oriented_overlaps(detections: Detections, objects: BoxSet, kept: NDArray[np.int64]) -> Overlaps:
    """Intersection over union of oriented boxes, crowds as any object."""
    if not (isinstance(detections, OrientedBoxes) and isinstance(objects, OrientedBoxSet)):
        raise TypeError("corners are compared of oriented boxes alone")
    corners = detections.corners[kept]
    return Overlaps(quad_iou(corners, objects.corners), quad_areas(corners), _none(objects))


def keypoint_overlaps(sigmas: Floats) -> Rule:
    """Object keypoint similarity (OKS) with a standard deviation for each keypoint.

    The mean over the object's labelled keypoints of exp(-d^2 / (2 area (2 sigma)^2)); objects
    without any count for nothing. Source: COCO's keypoint evaluation, `COCOeval.computeOks`.

    Args:
        sigmas: [K], relative to the square root of the object's area.
    """

    def rule(detections: Detections, objects: BoxSet, kept: NDArray[np.int64]) -> Overlaps:
        if not (isinstance(detections, Poses) and isinstance(objects, PoseSet)):
            raise TypeError("keypoints are compared of poses alone")
        points = detections.keypoints[kept, :, :2].astype(np.float64)
        truth, visible = objects.keypoints[:, :, :2], objects.keypoints[:, :, 2] > 0
        pairs = np.zeros((len(points), len(truth)))
        for index, (true, present) in enumerate(zip(truth, visible, strict=True)):
            apart = points - true
            if not present.any():
                # The distance from a box of three times the object's size, as pycocotools has it.
                x0, y0, x1, y1 = objects.boxes[index].astype(np.float64)
                low = np.array([2 * x0 - x1, 2 * y0 - y1])
                high = np.array([2 * x1 - x0, 2 * y1 - y0])
                apart = np.maximum(0, low - points) + np.maximum(0, points - high)
            area = float(objects.areas[index]) + np.spacing(1.0)
            error = np.square(apart).sum(axis=2) / (2 * sigmas) ** 2 / area / 2
            pairs[:, index] = np.exp(-error[:, present if present.any() else slice(None)]).mean(
                axis=1
            )
        extent = np.ptp(points, axis=1) if points.size else np.zeros((len(points), 2))
        return Overlaps(pairs, extent.prod(axis=1), np.asarray(~visible.any(axis=1), np.bool_))

    return rule


def _iou(mine: Any, theirs: Any, objects: BoxSet) -> Floats:  # noqa: ANN401  # boxes or runs
    if not len(mine) or not len(theirs):
        return np.zeros((len(mine), len(theirs)))
    crowd = objects.crowd.astype(np.uint8).tolist()
    return np.asarray(coco_mask.iou(mine, theirs, crowd), np.float64)


def _none(objects: BoxSet) -> NDArray[np.bool_]:
    return np.zeros(len(objects.labels), np.bool_)


def _sides(boxes: NDArray[np.float32]) -> Floats:
    """[N, 4] xmin ymin width height, float64."""
    corners = boxes.astype(np.float64).reshape(-1, 4)
    return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)


def _runs(objects: Detections | BoxSet, kept: NDArray[np.int64]) -> list[dict[str, Any]]:
    """The masks of objects as pycocotools' run lengths."""
    if not isinstance(objects, InstanceMasks | InstanceMaskSet):
        raise TypeError(f"{type(objects).__name__} has no masks")
    pixels = objects.pixels()[kept].astype(np.uint8)
    return list(coco_mask.encode(np.asfortranarray(pixels.transpose(1, 2, 0))))
