"""Non-maximum suppression: of boxes of one class (or any) that overlap, the best stays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.core.boxes import Boxes, iou


@dataclass(frozen=True, slots=True)
class NmsRule:
    """What is kept of many scored boxes.

    Attributes:
        score_threshold: scores have to be greater than this.
        nms_threshold: boxes of one class that overlap a better one by more than this
            (intersection over union) are dropped; None keeps them all.
        max_per_class: how many boxes a class, best first, are looked at.
        keep_top_k: how many boxes an image are kept in the end, over all classes.
        class_agnostic: whether boxes suppress those of other classes too.
    """

    score_threshold: float = 0.01
    nms_threshold: float | None = 0.5
    max_per_class: int = 400
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


def suppress(boxes: Boxes, threshold: float) -> NDArray[np.bool_]:
    """Which boxes [N, 4] of one class, given best first, survive greedy suppression: [N] bool.

    Greedy suppression is the fixed point of "a box stays unless a better box that stays
    overlaps it". Each pass settles at least the next box of the order, and in practice a few
    passes over whole arrays settle all.
    """
    count = len(boxes)
    beats = np.triu(iou(boxes, boxes) > threshold, k=1)
    stays: NDArray[np.bool_] = np.ones(count, np.bool_)
    for _ in range(count):
        settled: NDArray[np.bool_] = np.logical_not(beats[stays].any(axis=0))
        if np.array_equal(settled, stays):
            break
        stays = settled
    return stays


def select(boxes: Boxes, scores: NDArray[np.float32], rule: NmsRule) -> Kept:
    """Suppress class by class.

    Whether a pair of box and class survives depends on better pairs alone. So the best pairs
    go through suppression first, and the tail of low scores only where too few of them survive.

    Args:
        boxes: [N, 4], one box for all classes of a row.
        scores: [N, C], a column a class.
        rule: thresholds and counts.
    """
    rows, labels = np.nonzero(scores > rule.score_threshold)
    values = scores[rows, labels]
    look_at = 4 * rule.keep_top_k
    while True:
        head = _head(values, look_at)
        order = head[np.lexsort((rows[head], labels[head], -values[head]))]
        kept = order[_survivors(boxes[rows[order]], labels[order], rule)]
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


def _survivors(boxes: Boxes, labels: NDArray[np.intp], rule: NmsRule) -> NDArray[np.bool_]:
    """Which of the boxes [M, 4] with labels [M], given best first, stay: [M] bool."""
    stays = np.zeros(len(boxes), np.bool_)
    if rule.class_agnostic:
        labels = np.zeros_like(labels)
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)[: rule.max_per_class]
        if rule.nms_threshold is not None:
            places = places[suppress(boxes[places], rule.nms_threshold)]
        stays[places] = True
    return stays
