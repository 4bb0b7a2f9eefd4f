"""Counts of right and wrong classes, per image and summed over resampled sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import MaskTarget
from calibrate.core.component import Evidence, Target
from calibrate.core.masks import mask_at_input
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.sample import Facts, Geometry
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.type_checks import check_shapes, place, unfit

IMAGE_RANK = 2
UNLABELLED = -(2**31)
"""Marks pixels without truth where the dataset has no id for them."""

Counts = dict[str, NDArray[Any]]
"""Evidence: `classes` [K] int64 ascending; `both`, `predicted`, `actual` [K] float64 counts."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the samples of B sets: `both`, `predicted` and `actual` are [B, K]."""

    classes: NDArray[np.int64]
    both: NDArray[np.float64]
    predicted: NDArray[np.float64]
    actual: NDArray[np.float64]

    def without(self, ignored: int | None) -> "Totals":
        """The same without one class."""
        kept = self.classes != ignored
        return Totals(
            self.classes[kept], self.both[:, kept], self.predicted[:, kept], self.actual[:, kept]
        )

    def only(self, label: int) -> "Totals":
        """One class; zeros where it is nowhere."""
        kept = self.classes == label
        if not kept.any():
            empty = np.zeros((len(self.both), 1))
            return Totals(np.array([label]), empty, empty, empty)
        return Totals(
            self.classes[kept], self.both[:, kept], self.predicted[:, kept], self.actual[:, kept]
        )

    def overlap(self) -> NDArray[np.float64]:
        """Intersection over union of each class [B, K], nan where it is nowhere."""
        return divided(self.both, self.predicted + self.actual - self.both)

    def balance(self) -> NDArray[np.float64]:
        """F1 score (Dice coefficient) of each class [B, K], nan where it is nowhere."""
        return divided(2 * self.both, self.predicted + self.actual)


def class_counts(predicted: NDArray[np.integer], actual: NDArray[np.integer]) -> Counts:
    """How often each class was predicted, is true, and both: both [P], class ids from 0."""
    size = int(max(predicted.max(initial=-1), actual.max(initial=-1))) + 1
    guesses = np.bincount(predicted, minlength=size)
    truths = np.bincount(actual, minlength=size)
    both = np.bincount(actual[predicted == actual], minlength=size)
    classes = np.flatnonzero(guesses + truths)
    return {
        "classes": classes.astype(np.int64),
        "both": both[classes].astype(np.float64),
        "predicted": guesses[classes].astype(np.float64),
        "actual": truths[classes].astype(np.float64),
    }


def total_counts(evidence: Sequence[Evidence], counts: NDArray[np.int64]) -> Totals:
    """Sums of N pieces of `class_counts` over sets that `counts` [B, N] draws."""
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    classes = np.unique(np.concatenate([piece["classes"] for piece in pieces]))
    sums = []
    for key in ("both", "predicted", "actual"):
        table = np.zeros((len(pieces), classes.size))
        for row, piece in enumerate(pieces):
            table[row, np.searchsorted(classes, piece["classes"])] = piece[key]
        sums.append(counts @ table)
    return Totals(classes, *sums)


def paired_masks(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.bool_]]:
    """Predicted and true classes of one image or volume in one shape, and which pixels count.

    A mask of another size than the prediction is brought to it by nearest neighbour, as the
    prediction cannot be more exact than the model made it: for a plain resize this is Pillow's
    NEAREST; padding of the input, which has no truth, does not count.

    Raises:
        CalibrateError: other kinds than `ClassMap` and `MaskTarget`, or volumes of other shapes.
    """
    if not (isinstance(prediction, ClassMap) and isinstance(target, MaskTarget)):
        raise unfit(metric, prediction, target, facts, reads=[(ClassMap, MaskTarget)])
    predicted, mask = prediction.mask, target.mask
    ignore = UNLABELLED if target.ignore is None else target.ignore
    if mask.shape != predicted.shape:
        if mask.ndim != IMAGE_RANK or predicted.ndim != IMAGE_RANK:
            check_shapes(metric, predicted.shape, mask.shape, facts)
        height, width = mask.shape
        geometry = facts.geometry or Geometry(height, width, height, width)
        mask = mask_at_input(mask, geometry, (predicted.shape[0], predicted.shape[1]), ignore)
    return predicted, mask, np.not_equal(mask, ignore)


def pixel_counts(
    metric: str,
    prediction: Prediction,
    target: Target,
    facts: Facts,
    *,
    left_out: int | None = None,
) -> Counts:
    """`class_counts` of the pixels of one image or volume that count.

    Args:
        metric: its label.
        prediction: a class map.
        target: a mask.
        facts: of the sample.
        left_out: a class; pixels that are of it, or are predicted as it, do not count.

    Raises:
        CalibrateError: other kinds than `ClassMap` and `MaskTarget`, or negative class ids.
    """
    predicted, mask, counted = paired_masks(metric, prediction, target, facts)
    if left_out is not None:
        counted = counted & np.not_equal(mask, left_out) & np.not_equal(predicted, left_out)
    guesses, truths = predicted[counted], mask[counted]
    if min(guesses.min(initial=0), truths.min(initial=0)) < 0:
        raise CalibrateError(
            f"{metric}: class ids are negative",
            place(facts),
            "give the id of unlabelled pixels to the dataset adapter as its ignore label",
        )
    return class_counts(guesses.astype(np.int64), truths.astype(np.int64))
