"""Match the detections of an image with objects by the Accuracy Checker's rules.

They differ from pycocotools' and the VOC devkit's in cases that are named at each function, so
values that were published with the Accuracy Checker need them. Source: `coco_metrics.py` and
`detection.py` of openvinotoolkit/open_model_zoo, tools/accuracy_checker.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import BoxSet
from calibrate.core.predictions.detections import Detections
from calibrate.metrics._lib.matching import (
    FALSE_POSITIVE,
    IGNORED,
    TRUE_POSITIVE,
    best_of_each_class,
    choose,
    voc_overlaps,
)

Floats = NDArray[np.float64]


def match_checker_coco(
    detections: Detections,
    objects: BoxSet,
    *,
    thresholds: Floats,
    max_detections: int,
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return outcomes as its `coco_precision` has them.

    Unlike pycocotools, crowd regions are compared by intersection over union, difficult objects do
    not count, and the best detection of a class leaves its object free for others, which then
    count as right too.

    Args:
        detections: of the image.
        objects: of the image.
        thresholds: [T] least IoU, ascending.
        max_detections: kept of each class.

    Returns:
        kept [D] indices of detections best first, outcomes [D, T], counted [G] objects.
    """
    kept = best_of_each_class(detections, max_detections)
    labels = detections.labels[kept]
    ignored = objects.crowd | objects.difficult
    outcomes = np.full((len(kept), thresholds.size), FALSE_POSITIVE, np.uint8)
    if not len(kept) or not len(objects.labels):
        return kept, outcomes, ~ignored
    overlaps = _overlaps(detections, objects, kept, edge=0.0).astype(np.float32).astype(np.float64)
    overlaps = np.where(labels[:, None] == objects.labels[None, :], overlaps, -1.0)
    limits = np.minimum(thresholds, 1 - 1e-10)
    _, first = np.unique(labels, return_index=True)
    leaves_free = np.isin(np.arange(len(kept)), first)
    taken = np.zeros((thresholds.size, len(objects.labels)), np.bool_)
    rows = np.arange(thresholds.size)
    for index in np.flatnonzero(overlaps.max(axis=1) >= limits[0]):
        free = ~taken | objects.crowd
        best, hits = choose(overlaps[index], free & ~ignored, limits)
        spare, others = choose(overlaps[index], free & ignored, limits)
        outcomes[index, others] = IGNORED
        outcomes[index, hits] = TRUE_POSITIVE
        if not leaves_free[index]:
            matched = hits | others
            taken[rows[matched], np.where(hits, best, spare)[matched]] = True
    return kept, outcomes, ~ignored


@dataclass(frozen=True, slots=True)
class CheckerRules:
    """Parameters of its `map`.

    Attributes:
        threshold: least IoU.
        include_boundaries: a box from 1 to 2 is two pixels wide.
        multiple: any number of detections may lie on a difficult object, which is then compared
            with the detection's area instead of the union (`allow_multiple_matches_per_ignored`).
        filtered_count: whether filtered detections count where they find an object
            (`use_filtered_tp`).
    """

    threshold: float
    include_boundaries: bool
    multiple: bool = False
    filtered_count: bool = False


def match_checker_voc(
    detections: Detections,
    objects: BoxSet,
    rules: CheckerRules,
    *,
    ignored: NDArray[np.bool_],
    filtered: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return outcomes as its `map` has them.

    Unlike the VOC devkit, objects that count come before difficult ones whatever they overlap, and
    a second detection on a difficult object is a false positive.

    Args:
        detections: of the image.
        objects: of the image.
        rules: what matches, and what counts.
        ignored: [G] objects that do not count.
        filtered: [D] detections that do not count, in the order of `detections`; they leave objects
            that count free. In an image without an object of their class they are false positives.

    Returns:
        kept [D] indices of detections best first, outcomes [D, 1].
    """
    kept = np.argsort(-detections.scores.astype(np.float64), kind="stable")
    outcomes = np.full((len(kept), 1), FALSE_POSITIVE, np.uint8)
    if not len(kept) or not len(objects.labels):
        return kept, outcomes
    out = np.zeros(len(kept), np.bool_) if filtered is None else filtered[kept]
    edge = float(rules.include_boundaries)
    overlaps = _overlaps(detections, objects, kept, edge=edge)
    if rules.multiple:
        shares = _covered(detections, objects, kept, edge=edge)
        overlaps[:, ignored] = shares[:, ignored]
    same = detections.labels[kept][:, None] == objects.labels[None, :]
    counting = np.where(same & ~ignored, overlaps, -np.inf)
    others = np.where(same & ignored, overlaps, -np.inf)
    outcomes[out & same.any(axis=1)] = IGNORED
    taken = np.zeros(len(objects.labels), np.bool_)
    for index in range(len(kept)):
        most = counting[index].max()
        if most < rules.threshold:
            most = others[index].max()
        if most < rules.threshold:
            continue
        places = same[index] & (overlaps[index] == most)
        if not ignored[places].any():
            if not taken[places].any() and (rules.filtered_count or not out[index]):
                outcomes[index] = TRUE_POSITIVE
                taken[places] = True
        elif rules.multiple or not taken[places].any():
            outcomes[index] = IGNORED
        if ignored[places].any() and not rules.multiple:
            taken[places] = True
    return kept, outcomes


def _overlaps(
    detections: Detections, objects: BoxSet, kept: NDArray[np.int64], *, edge: float
) -> Floats:
    boxes = detections.boxes[kept].astype(np.float64)
    return voc_overlaps(boxes, objects.boxes.astype(np.float64), edge)


def _covered(
    detections: Detections, objects: BoxSet, kept: NDArray[np.int64], *, edge: float
) -> Floats:
    """Return the share of each detection that lies on each object, [D, G]."""
    boxes, others = detections.boxes[kept].astype(np.float64), objects.boxes.astype(np.float64)
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.maximum(low, np.minimum(boxes[:, None, 2:], others[None, :, 2:]))
    shared = (high - low + edge).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2] + edge).prod(axis=1)[:, None]
    shares: Floats = np.divide(shared, areas, out=np.zeros_like(shared), where=areas != 0)
    return shares
