"""Match the detections of an image with objects by the rules of COCO and of PASCAL VOC.

Both give an outcome per detection (and IoU threshold), from which
`calibrate.metrics._lib.average_precision` computes values.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import BoxSet
from calibrate.core.predictions.detections import Detections
from calibrate.metrics._lib.overlaps import Rule, box_overlaps

FALSE_POSITIVE, TRUE_POSITIVE, IGNORED = 0, 1, 2

COCO_AREAS: Mapping[str, tuple[float, float]] = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}
"""Ranges of object areas in square pixels, as COCO reports them."""


def tie_rank(image_id: str) -> float:
    """Return the rank of an image among images whose detections have equal scores.

    Numeric ids in their order, as pycocotools sorts them; others by digest. So the
    value does not depend on the order of the images where scores are equal.
    """
    if image_id.isascii() and image_id.isdigit() and len(image_id) < 16:
        return float(int(image_id))
    return float(int.from_bytes(hashlib.sha256(image_id.encode()).digest()[:6]))


def evidence_of(
    detections: Detections,
    kept: NDArray[np.int64],
    outcomes: NDArray[np.uint8],
    objects: NDArray[np.int64],
    image_id: str,
) -> dict[str, NDArray[Any]]:
    """Return the evidence of an image for average precision.

    Args:
        detections: of the image.
        kept: [D] indices into them, best first.
        outcomes: [D, T] outcome of the kept ones at each threshold.
        objects: [G] labels of the objects that count.
        image_id: of the image.
    """
    counted = ~(outcomes == IGNORED).all(axis=1)
    return {
        "labels": detections.labels[kept][counted].astype(np.int64),
        "scores": detections.scores[kept][counted].astype(np.float32),
        "outcomes": outcomes[counted],
        "objects": objects.astype(np.int64),
        "order": np.array([tie_rank(image_id)]),
    }


def best_of_each_class(detections: Detections, limit: int) -> NDArray[np.int64]:
    """Return the indices of the `limit` best detections of each class, best first."""
    ranked = np.argsort(-detections.scores.astype(np.float64), kind="stable")
    labels = detections.labels[ranked]
    if len(ranked) <= limit:
        return ranked
    within = np.zeros(len(ranked), np.int64)
    for label in np.unique(labels):
        same = labels == label
        within[same] = np.arange(np.count_nonzero(same))
    return ranked[within < limit]


def choose(
    overlaps: NDArray[np.float64], free: NDArray[np.bool_], thresholds: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return per threshold the free object of greatest overlap (the last of equals), if enough.

    Args:
        overlaps: [G] of one detection.
        free: [T, G] objects that may be taken.
        thresholds: [T].
    """
    open_overlaps = np.where(free, overlaps, -1.0)
    best = overlaps.size - 1 - np.argmax(open_overlaps[:, ::-1], axis=1)
    return best, open_overlaps[np.arange(thresholds.size), best] >= thresholds


def match_coco(
    detections: Detections,
    objects: BoxSet,
    *,
    thresholds: NDArray[np.float64],
    max_detections: int,
    area: tuple[float, float],
    rule: Rule = box_overlaps,
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return outcomes by COCO's rules (pycocotools `COCOeval.evaluateImg`), all classes at once.

    Best scores first, a detection takes the free object of its class with the greatest overlap;
    crowd regions and objects outside the area range are taken only where no counted object
    fits, and are ignored together with what they match. Overlaps are computed by pycocotools.

    Args:
        detections: of the image.
        objects: of the image.
        thresholds: [T] least IoU, ascending.
        max_detections: kept of each class.
        area: range of areas in square pixels that count.
        rule: computes overlaps and areas.

    Returns:
        kept [D] indices of detections best first, outcomes [D, T], counted [G] objects.
    """
    kept = best_of_each_class(detections, max_detections)
    labels, (low, high) = detections.labels[kept], area
    overlaps, sizes, uncounted = rule(detections, objects, kept)
    outside = (sizes < low) | (sizes > high)
    outcomes = np.repeat(np.where(outside, IGNORED, FALSE_POSITIVE)[:, None], thresholds.size, 1)
    outcomes = outcomes.astype(np.uint8)
    ignored = uncounted | objects.crowd | (objects.areas < low) | (objects.areas > high)
    if not len(kept) or not len(objects.labels):
        return kept, outcomes, ~ignored
    overlaps = np.where(labels[:, None] == objects.labels[None, :], overlaps, -1.0)
    limits = np.minimum(thresholds, 1 - 1e-10)
    taken = np.zeros((thresholds.size, len(objects.labels)), np.bool_)
    rows = np.arange(thresholds.size)
    for index in np.flatnonzero(overlaps.max(axis=1) >= limits[0]):
        near = np.flatnonzero(overlaps[index] >= limits[0])
        free = ~taken[:, near] | objects.crowd[near]
        best, hits = choose(overlaps[index, near], free & ~ignored[near], limits)
        outcomes[index, hits] = TRUE_POSITIVE
        if ignored[near].any():
            spare, matched = choose(overlaps[index, near], free & ignored[near], limits)
            best = np.where(hits, best, spare)
            outcomes[index, matched & ~hits] = IGNORED
            hits = hits | matched
        taken[rows[hits], near[best[hits]]] = True
    return kept, outcomes, ~ignored


def voc_overlaps(
    boxes: NDArray[np.float64], others: NDArray[np.float64], edge: float
) -> NDArray[np.float64]:
    """Return the IoU [D, G] of corner boxes; `edge` 1 counts the last pixel as part of a box."""
    top = np.maximum(boxes[:, None, :2], others[None, :, :2])
    bottom = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    inner = np.clip(bottom - top + edge, 0.0, None).prod(axis=2)
    mine = np.clip(boxes[:, 2:] - boxes[:, :2] + edge, 0.0, None).prod(axis=1)
    theirs = np.clip(others[:, 2:] - others[:, :2] + edge, 0.0, None).prod(axis=1)
    union = mine[:, None] + theirs[None, :] - inner
    overlaps: NDArray[np.float64] = np.divide(
        inner, union, out=np.zeros_like(inner), where=union > 0
    )
    return overlaps


def match_voc(
    detections: Detections,
    objects: BoxSet,
    *,
    threshold: float,
    include_boundaries: bool,
    ignored: NDArray[np.bool_],
    overlaps: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return outcomes by the rules of the PASCAL VOC devkit (`VOCevaldet.m`).

    Best scores first, a detection is compared with the object of its class that it overlaps
    most, taken or not: below the threshold or already taken it is a false positive, on a
    difficult object it does not count.

    Args:
        detections: of the image.
        objects: of the image.
        threshold: least IoU.
        include_boundaries: a box from 1 to 2 is two pixels wide.
        ignored: [G] objects that do not count.
        overlaps: [D, G] of detections and objects as given; None: those of their boxes.

    Returns:
        kept [D] indices of detections best first, outcomes [D, 1].
    """
    kept = np.argsort(-detections.scores.astype(np.float64), kind="stable")
    outcomes = np.full((len(kept), 1), FALSE_POSITIVE, np.uint8)
    if not len(kept) or not len(objects.labels):
        return kept, outcomes
    if overlaps is None:
        overlaps = voc_overlaps(
            detections.boxes.astype(np.float64),
            objects.boxes.astype(np.float64),
            float(include_boundaries),
        )
    same = detections.labels[kept][:, None] == objects.labels[None, :]
    overlaps = np.where(same, overlaps[kept], -1.0)
    taken = np.zeros(len(objects.labels), np.bool_)
    for index in np.flatnonzero(overlaps.max(axis=1) >= threshold):
        best = int(np.argmax(overlaps[index]))
        if ignored[best]:
            outcomes[index] = IGNORED
        elif not taken[best]:
            outcomes[index] = TRUE_POSITIVE
            taken[best] = True
    return kept, outcomes
