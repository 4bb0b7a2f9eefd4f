"""Compute mean average precision of resampled sets of images, from matched detections.

Everything that does not depend on how often an image is drawn (stacking, sorting, positions of
the true positives) is done once per call; each set then takes only cumulative sums.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence
from calibrate.metrics._lib.matching import IGNORED, TRUE_POSITIVE
from calibrate.metrics._lib.means import divided, mean_of_present

CHUNK_ELEMENTS = 1_000_000
"""Detections of one class times sets that are held at one time: 8 MB an array."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How the precision-recall curve is reduced to one number.

    Attributes:
        recall_points: [R] recalls at which the interpolated precision is read and averaged, or
            None for the area below it.
        guard: added to the number of detections before dividing by it. pycocotools adds the
            spacing of 1.0, which shows in the last digit.
    """

    recall_points: NDArray[np.float64] | None
    guard: float


@dataclass(frozen=True, slots=True)
class ClassRanking:
    """The detections of one class in all images, best first.

    Attributes:
        images: [D] index of each detection's image.
        always: [D] float64, 1 for detections that count at every threshold.
        hits: by threshold, positions of the true positives.
        extras: by threshold, positions that count there but not at every threshold.
    """

    images: NDArray[np.int64]
    always: NDArray[np.float64]
    hits: tuple[NDArray[np.int64], ...]
    extras: tuple[NDArray[np.int64], ...]


def mean_average_precision(
    evidence: Sequence[Evidence],
    counts: NDArray[np.int64],
    curve: Curve,
    *,
    detected_only: bool = False,
) -> NDArray[np.float64]:
    """Return average precision, averaged over thresholds and over the classes with objects.

    A set that contains an image twice is evaluated as if there were two such images. Precision is
    interpolated: at each recall the greatest precision at this recall or a greater one.

    Args:
        evidence: N mappings as `calibrate.metrics._lib.matching.evidence_of` makes them.
        counts: [B, N].
        curve: how the area is taken.
        detected_only: the mean is over classes with a detection, also over those without an
            object, whose average precision is 0.

    Returns:
        [B]; nan for a set without any object.
    """
    values, totals, _ = _by_class(evidence, counts, curve)
    present = totals > 0
    if not detected_only:
        return mean_of_present(values, present)
    pieces = [cast("Mapping[str, NDArray[Any]]", piece)["labels"] for piece in evidence]
    labels = np.unique(np.concatenate(pieces))
    detected = counts @ np.array([np.isin(labels, each) for each in pieces], np.int64) > 0
    total = np.where(present, values, 0.0).sum(axis=1)
    mean = divided(total, detected.sum(axis=1).astype(np.float64))
    return np.where(present.any(axis=1), np.nan_to_num(mean), np.nan)


def average_precision_by_class(evidence: Sequence[Evidence], curve: Curve) -> dict[int, float]:
    """Return the average precision of each class that has an object, mean over thresholds.

    Args:
        evidence: as for `mean_average_precision`.
        curve: how the area is taken.
    """
    values, totals, classes = _by_class(evidence, np.ones((1, len(evidence)), np.int64), curve)
    return {
        int(label): float(value)
        for label, value, total in zip(classes, values[0], totals[0], strict=True)
        if total > 0
    }


def _by_class(
    evidence: Sequence[Evidence], counts: NDArray[np.int64], curve: Curve
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return values [B, C], objects [B, C] and the class ids [C]."""
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    classes = np.unique(np.concatenate([piece["objects"] for piece in pieces]))
    objects = np.zeros((len(pieces), classes.size))
    for row, piece in enumerate(pieces):
        np.add.at(objects[row], np.searchsorted(classes, piece["objects"]), 1.0)
    totals = counts @ objects
    values = np.zeros(totals.shape)
    weights = np.ascontiguousarray(counts.T, np.float64)
    for column, ranking in enumerate(_rankings(pieces, classes)):
        step = max(1, CHUNK_ELEMENTS // max(1, ranking.images.size))
        for start in range(0, len(counts), step):
            part = slice(start, start + step)
            values[part, column] = _class_values(
                ranking, weights[:, part], totals[part, column], curve
            )
    return values, totals, classes


def _rankings(
    pieces: Sequence[Mapping[str, NDArray[Any]]], classes: NDArray[np.int64]
) -> Iterator[ClassRanking]:
    """Yield one ranking per class, ties in the order of the images' ids."""
    order = np.argsort([piece["order"][0] for piece in pieces], kind="stable")
    images = np.repeat(order, [len(pieces[index]["scores"]) for index in order])
    labels = np.concatenate([pieces[index]["labels"] for index in order])
    scores = np.concatenate([pieces[index]["scores"] for index in order]).astype(np.float64)
    outcomes = np.concatenate([pieces[index]["outcomes"] for index in order])
    ranked = np.lexsort((-scores, labels))
    images, labels, outcomes = images[ranked], labels[ranked], outcomes[ranked]
    starts = np.searchsorted(labels, classes, side="left")
    ends = np.searchsorted(labels, classes, side="right")
    for start, end in zip(starts, ends, strict=True):
        yield _ranking(images[start:end], outcomes[start:end])


def _ranking(images: NDArray[np.int64], outcomes: NDArray[np.uint8]) -> ClassRanking:
    # Detections after the last true positive change no interpolated precision.
    matched = np.flatnonzero((outcomes == TRUE_POSITIVE).any(axis=1))
    end = int(matched[-1]) + 1 if matched.size else 0
    images, outcomes = images[:end], outcomes[:end]
    counted = outcomes != IGNORED
    always = counted.all(axis=1)
    thresholds = range(outcomes.shape[1])
    return ClassRanking(
        images=images,
        always=always.astype(np.float64),
        hits=tuple(np.flatnonzero(outcomes[:, t] == TRUE_POSITIVE) for t in thresholds),
        extras=tuple(np.flatnonzero(counted[:, t] & ~always) for t in thresholds),
    )


def _class_values(
    ranking: ClassRanking,
    weights: NDArray[np.float64],
    totals: NDArray[np.float64],
    curve: Curve,
) -> NDArray[np.float64]:
    """Return the average precision of one class, mean over thresholds.

    Args:
        ranking: of the class.
        weights: [N, B] how often each set contains each image.
        totals: [B] objects of the class in each set; the value of a set without is arbitrary.
        curve: how the area is taken.

    Returns:
        [B].
    """
    drawn = weights[ranking.images]
    always_counted = np.cumsum(drawn * ranking.always[:, None], axis=0)
    safe_totals = np.maximum(totals, 1.0)
    value = np.zeros(weights.shape[1])
    for hits, extras in zip(ranking.hits, ranking.extras, strict=True):
        if not hits.size:
            continue
        true_positives = np.cumsum(drawn[hits], axis=0)
        detections = always_counted[hits]
        if extras.size:
            more = np.zeros((extras.size + 1, weights.shape[1]))
            np.cumsum(drawn[extras], axis=0, out=more[1:])
            detections = detections + more[np.searchsorted(extras, hits, side="right")]
        precision = true_positives / (detections + curve.guard)
        best = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
        value += _area(best, true_positives / safe_totals, curve.recall_points)
    return value / len(ranking.hits)


def _area(
    precision: NDArray[np.float64],
    recall: NDArray[np.float64],
    points: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Return the area below interpolated precision [P, B] over recall [P, B] at the true positives.

    Recall changes only at a true positive, so its precision is read at the points (or over the
    width) between the recall before it and at it. A true positive that is never drawn changes
    no recall and takes no points.
    """
    if points is None:
        widths = np.diff(recall, axis=0, prepend=0.0)
        return np.asarray((widths * precision).sum(axis=0), np.float64)
    passed = np.searchsorted(points, recall, side="right")
    share = np.diff(passed, axis=0, prepend=0)
    return np.asarray((share * precision).sum(axis=0) / points.size, np.float64)
