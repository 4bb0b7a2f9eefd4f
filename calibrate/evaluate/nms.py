"""Non-maximum suppression: of boxes of one class that overlap, the best stays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.evaluate.boxes import Boxes, iou


@dataclass(frozen=True, slots=True)
class NmsRule:
    """What is kept of many scored boxes.

    Attributes:
        score_threshold: scores have to be greater than this.
        nms_threshold: boxes of one class that overlap a better one by more than this
            (intersection over union) are dropped; None keeps them all.
        max_per_class: how many boxes a class, best first, are looked at.
        keep_top_k: how many boxes an image are kept in the end, over all classes.
    """

    score_threshold: float = 0.01
    nms_threshold: float | None = 0.5
    max_per_class: int = 400
    keep_top_k: int = 200


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

    Args:
        boxes: [N, 4], one box for all classes of a row.
        scores: [N, C], a column a class.
        rule: thresholds and counts.
    """
    picked: list[NDArray[np.int64]] = []
    labels: list[NDArray[np.int64]] = []
    passes = scores > rule.score_threshold
    for label in np.flatnonzero(passes.any(axis=0)):
        rows = np.flatnonzero(passes[:, label])
        rows = rows[best_first(scores[rows, label])[: rule.max_per_class]]
        if rule.nms_threshold is not None:
            rows = rows[suppress(boxes[rows], rule.nms_threshold)]
        picked.append(rows)
        labels.append(np.full(len(rows), label, np.int64))
    if not picked:
        nothing = np.zeros(0, np.int64)
        return Kept(nothing, nothing)
    index, label_of = np.concatenate(picked), np.concatenate(labels)
    order = best_first(scores[index, label_of])[: rule.keep_top_k]
    return Kept(index[order], label_of[order])
