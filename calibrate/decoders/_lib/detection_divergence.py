"""How far the detections of two models are apart, such that it predicts the loss of mAP.

An object that FP32 finds with score p in one box and the other model with score q in another has
moved by

    s p (p - q)^2 + (1 - s) (p^3 + q^3),   s = 1 - (1 - IoU)^2,

which is 0 for equal objects and grows with the square of small changes, so that independent
damages add up. Scores weigh it, since precision is won or lost at the head of the ranking. A box
that has moved away altogether counts as an object lost (p^3) and one made up (q^3).

Over 19 quantizations each of an SSD and of FastestDet (drops of -0.5 to 15 points of COCO AP on 128
images) the mean over images has a correlation of 0.98 with the drop, and the drop is about
proportional to it. The divergence of scores alone misses damage to boxes (0.33 on the SSD), and
measures linear in score and overlap do not add up. For lists after suppression the correlation
was 0.91, with drops of 2 points and less at the edge of what 128 images can tell.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from calibrate.core.boxes import Boxes, iou, paired_iou
from calibrate.core.component import Outputs
from calibrate.decoders._lib.divergence import Floats

KEPT = 64
"""Predictions of an image that are compared, best first; more changed the correlation little."""


def dense_signature(boxes: Boxes, scores: NDArray[np.float32]) -> Outputs:
    """The best pairs of box and class before suppression.

    Args:
        boxes: [N, 4] in any unit.
        scores: [N, C], 0-1.

    Returns:
        `index` [K] int64 into the flattened scores, `scores` [K] and `boxes` [K, 4] float32.
    """
    flat = scores.reshape(-1)
    index = _top(flat)
    rows = index // max(1, scores.shape[1])
    return {"index": index, "scores": flat[index].copy(), "boxes": boxes[rows].copy()}


def dense_divergence(reference: Outputs, boxes: Boxes, scores: NDArray[np.float32]) -> float:
    """The sum over FP32's best pairs, each compared with the pair in the same place.

    Pairs that are among the best of the other model alone count by how much their score exceeds
    the least that was kept of FP32, which theirs did not reach.
    """
    index = reference["index"]
    flat = scores.reshape(-1)
    rows = index // max(1, scores.shape[1])
    before, after = reference["scores"].astype(np.float64), flat[index].astype(np.float64)
    moved = _moved(before, after, paired_iou(reference["boxes"], boxes[rows]))
    others = flat[np.setdiff1d(_top(flat), index)].astype(np.float64)
    return float(moved.sum() + _made_up(others, before).sum())


def listed_signature(
    boxes: Boxes, scores: NDArray[np.float32], labels: NDArray[np.int64]
) -> Outputs:
    """The best of the detections that suppression inside of the model left, [N] of each."""
    index = _top(scores)
    return {
        "boxes": boxes[index].copy(),
        "scores": scores[index].copy(),
        "labels": labels[index].copy(),
    }


def listed_divergence(
    reference: Outputs, boxes: Boxes, scores: NDArray[np.float32], labels: NDArray[np.int64]
) -> float:
    """The sum over objects, paired by class such that it is least.

    Detections that find no partner count as lost or made up. Twice as many are looked at as were
    kept of FP32, so that the end of FP32's list finds its partners.
    """
    index = _top(scores, 2 * KEPT)
    before, after = reference["scores"].astype(np.float64), scores[index].astype(np.float64)
    overlap = _overlaps(reference["boxes"], boxes[index])
    overlap *= reference["labels"][:, None] == labels[index][None, :]
    apart = before[:, None] ** 3 + after[None, :] ** 3
    together = _moved(before[:, None], after[None, :], overlap)
    rows, columns = linear_sum_assignment(together - apart)
    touching = overlap[rows, columns] > 0
    rows, columns = rows[touching], columns[touching]
    lost = np.delete(before, rows)
    others = np.delete(after[:KEPT], columns[columns < KEPT])
    return float(together[rows, columns].sum() + (lost**3).sum() + _made_up(others, before).sum())


def _made_up(others: Floats, before: Floats) -> Floats:
    """Cost of predictions that are not among those kept of FP32.

    Where FP32 had more than were kept, theirs scored no higher than the least that was.
    """
    floor = before.min() if len(before) >= KEPT else 0.0
    cost: Floats = others * np.maximum(others - floor, 0.0) ** 2
    return cost


def _moved(before: Floats, after: Floats, overlap: NDArray[np.float32]) -> Floats:
    stays = 1.0 - (1.0 - overlap.astype(np.float64)) ** 2
    kept = before * (before - after) ** 2
    moved: Floats = stays * kept + (1.0 - stays) * (before**3 + after**3)
    return moved


def _overlaps(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """IoU of every pair, 1 for equal boxes without area too."""
    same = (first[:, None, :] == second[None, :, :]).all(axis=2)
    return np.where(same, np.float32(1), iou(first, second))


def _top(scores: NDArray[np.float32], count: int = KEPT) -> NDArray[np.int64]:
    """Where the greatest scores are, best first; of equals the earlier."""
    if len(scores) > count:
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    order = np.argsort(-scores[places], kind="stable")[:count]
    return places[order].astype(np.int64)
