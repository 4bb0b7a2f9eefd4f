"""Non-maximum suppression: of boxes of one class (or any) that overlap, the best stays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.boxes import Boxes, pair_iou

_MOST_AT_ONCE = 2000
"""Boxes whose pairs are compared at once, two million of them."""

PairOverlap = Callable[[Any, NDArray[np.intp], NDArray[np.intp]], NDArray[np.floating]]
"""Intersection over union [P] of pairs of boxes [N, ...], by the indices of both."""


@dataclass(frozen=True, slots=True)
class NmsRule:
    """What is kept of many scored boxes.

    Attributes:
        score_threshold: scores have to be greater than this.
        nms_threshold: boxes of one class that overlap a better one by more than this
            (intersection over union) are dropped; None keeps them all.
        max_per_class: how many boxes a class, best first, are looked at; None: all.
        keep_top_k: how many boxes an image are kept in the end, over all classes.
        class_agnostic: whether boxes suppress those of other classes too.
    """

    score_threshold: float = 0.01
    nms_threshold: float | None = 0.5
    max_per_class: int | None = 400
    keep_top_k: int = 200
    class_agnostic: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What suppression left, best first.

    Attributes:
        index: [K] int64, rows of the boxes.
        label: [K] int64, columns of the scores.
    """

    index: NDArray[np.int64]
    label: NDArray[np.int64]


def best_first(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The order of descending scores [N]; of equals, the earlier first."""
    return np.argsort(-scores, kind="stable").astype(np.int64)


def suppress(
    boxes: Boxes,
    threshold: float,
    labels: NDArray[np.integer] | None = None,
    *,
    overlap: PairOverlap = pair_iou,
) -> NDArray[np.bool_]:
    """Which boxes [N, ...], given best first, survive greedy suppression: [N] bool.

    Greedy suppression is the fixed point of "a box stays unless a better box that stays
    overlaps it". Each pass decides at least the next box of the order, and in practice a few
    passes over whole arrays decide all. All classes go through the passes together.

    Args:
        boxes: of one class, or of those that `labels` names.
        threshold: a better box that overlaps by more than this suppresses.
        labels: [N]; boxes suppress those of their own label alone. None: one class.
        overlap: intersection over union of pairs of the boxes.
    """
    count = len(boxes)
    if count > _MOST_AT_ONCE:
        return _one_by_one(boxes, threshold, labels, overlap=overlap)
    order = np.arange(count) if labels is None else np.argsort(labels, kind="stable")
    better, worse = _pairs_within(np.zeros(count) if labels is None else labels[order])
    overlaps = overlap(boxes[order], better, worse) > threshold
    better, worse = order[better[overlaps]], order[worse[overlaps]]
    stays: NDArray[np.bool_] = np.ones(count, np.bool_)
    for _ in range(count):
        kept: NDArray[np.bool_] = np.ones(count, np.bool_)
        kept[worse[stays[better]]] = False
        if np.array_equal(kept, stays):
            break
        stays = kept
    return stays


def _one_by_one(
    boxes: Boxes,
    threshold: float,
    labels: NDArray[np.integer] | None,
    *,
    overlap: PairOverlap,
) -> NDArray[np.bool_]:
    """`suppress` for so many boxes that all pairs would fill the memory: box after box."""
    stays: NDArray[np.bool_] = np.ones(len(boxes), np.bool_)
    for place in range(len(boxes)):
        if not stays[place]:
            continue
        worse = place + 1 + np.flatnonzero(stays[place + 1 :])
        if labels is not None:
            worse = worse[labels[worse] == labels[place]]
        stays[worse[overlap(boxes, np.full_like(worse, place), worse) > threshold]] = False
    return stays


def _pairs_within(labels: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all pairs (i, j) with i < j of equal labels, two arrays [P].

    Args:
        labels: [N], ascending.
    """
    places = np.arange(len(labels))
    ends = np.searchsorted(labels, labels, side="right")
    followers = ends - places - 1
    better = np.repeat(places, followers)
    begins = np.cumsum(followers) - followers
    return better, np.arange(len(better)) - begins[better] + better + 1


def select(
    boxes: Boxes, scores: NDArray[np.float32], rule: NmsRule, *, overlap: PairOverlap = pair_iou
) -> Kept:
    """Suppress class by class.

    Whether a pair of box and class survives depends on better pairs alone. So the best pairs
    go through suppression first, and the tail of low scores only where too few of them survive.

    Args:
        boxes: [N, 4] or as `overlap` takes them, one box for all classes of a row.
        scores: [N, C], a column a class.
        rule: thresholds and counts.
        overlap: intersection over union of pairs of the boxes.
    """
    rows, labels = np.nonzero(scores > rule.score_threshold)
    values = scores[rows, labels]
    look_at = 4 * rule.keep_top_k
    while True:
        head = _head(values, look_at)
        order = head[np.lexsort((rows[head], labels[head], -values[head]))]
        kept = order[_survivors(boxes[rows[order]], labels[order], rule, overlap)]
        if len(kept) >= rule.keep_top_k or len(head) == len(values):
            break
        look_at *= 4
    kept = kept[: rule.keep_top_k]
    return Kept(rows[kept].astype(np.int64), labels[kept].astype(np.int64))


def _head(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Where the `count` greatest values are, and all that equal the least of them."""
    if count >= len(values):
        return np.arange(len(values))
    least = np.partition(values, len(values) - count)[len(values) - count]
    return np.flatnonzero(values >= least)


def _survivors(
    boxes: Boxes, labels: NDArray[np.intp], rule: NmsRule, overlap: PairOverlap
) -> NDArray[np.bool_]:
    """Which of the boxes [M, ...] with labels [M], given best first, stay: [M] bool."""
    if rule.class_agnostic:
        labels = np.zeros_like(labels)
    stays: NDArray[np.bool_] = np.ones(len(labels), np.bool_)
    if rule.max_per_class is not None:
        stays = _rank_within(labels) < rule.max_per_class
    if rule.nms_threshold is not None:
        places = np.flatnonzero(stays)
        stays[places] = suppress(boxes[places], rule.nms_threshold, labels[places], overlap=overlap)
    return stays


def _rank_within(labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many earlier boxes have the same label, [M]."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    ranks = np.empty(len(labels), np.intp)
    ranks[order] = np.arange(len(labels)) - np.searchsorted(ordered, ordered)
    return ranks
