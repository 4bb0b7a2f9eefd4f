"""The sensitivity of each group: the divergence from FP32 when it alone is quantized."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.core.evaluator import FIRST_IMAGES, Evaluator, Sensitivity
from calibrate.core.precision import FP32, Candidate, Group, Precision

SUFFICIENT_ERROR = 0.3
"""Relative standard error of a sensitivity at which more images would not change the choice."""

_LEAST = 1e-12
"""Divergences below it are rounding errors."""

Sensitivities = dict[tuple[int, Precision], Sensitivity]
"""By index of the group and precision; FP32 has none and is not listed."""


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """The divergence of the whole model, with every group quantized, on the search images.

    Attributes:
        indices: indices of the images to measure groups on, the most divergent first.
        divergences: [N] float64, of the whole model on those images.
        total: mean divergence of the whole model over all search images.
    """

    indices: tuple[int, ...]
    divergences: NDArray[np.float64]
    total: float


def most_divergent(indices: Sequence[int], divergences: NDArray[np.float64], most: int) -> Whole:
    """Select the images on which the whole model diverges most.

    A few images often carry nearly all of the divergence, and images on which the whole model does
    not diverge carry no information about its groups.

    Args:
        indices: indices of all search images.
        divergences: [N] float64, of the whole model on them.
        most: number of images to keep.
    """
    order = np.argsort(-divergences, kind="stable")[:most]
    return Whole(
        tuple(indices[int(place)] for place in order),
        divergences[order],
        float(divergences.mean()),
    )


def measure_damages(
    evaluator: Evaluator,
    groups: Sequence[Group],
    whole: Whole,
    *,
    precisions: Collection[Precision] | None = None,
    advance: Callable[[], None] = lambda: None,
    expired: Callable[[], bool] = lambda: False,
) -> Sensitivities:
    """Measure the sensitivity of each group at each precision, quantized alone.

    Sensitivities add up (the errors of different layers are nearly independent), so a group matters
    by its share of the whole model's divergence. The images on which the whole model diverges most
    come first, and a group is done as soon as its sensitivity is known well enough (`is_known`).
    Each group is compiled once per precision.

    Args:
        evaluator: measures candidates.
        groups: groups in network order.
        whole: the images, and the whole model's divergence on them.
        precisions: precisions to measure; all of the groups' by default.
        advance: called after each measurement.
        expired: called before each measurement; True ends early and leaves out the rest.
    """
    sensitivities: Sensitivities = {}
    share = whole.total / max(1, len(groups))
    alone = {
        (index, precision): Candidate.only(len(groups), index, precision)
        for index, group in enumerate(groups)
        for precision in group.precisions
        if precision != FP32 and (precisions is None or precision in precisions)
    }
    candidates = tuple(alone.values())
    for place, (key, candidate) in enumerate(alone.items(), 1):
        if expired():
            return sensitivities
        divergences = evaluator.divergence(
            candidate,
            whole.indices,
            lambda values: is_known(relative(values, whole), share),
            candidates[place:],
        )
        sensitivities[key] = relative(divergences, whole)
        advance()
    return sensitivities


def relative(values: NDArray[np.float64], whole: Whole) -> Sensitivity:
    """Estimate a group's sensitivity over all search images from a few of them.

    A ratio estimate: the group's share of the whole model's divergence on the measured images,
    times the whole model's divergence on all. Divergences of images differ by orders of magnitude;
    the ratio differs far less, so a few images are enough.

    Source: W. G. Cochran, Sampling Techniques, 3rd ed., 1977, chapter 6.

    Args:
        values: [K] divergences of the group alone on the first K of `whole.indices`.
        whole: the divergences of the whole model.
    """
    count = len(values)
    of_whole = whole.divergences[:count]
    whole_mean = float(of_whole.mean())
    if whole_mean <= 0:
        return summarize(values)
    ratio = float(values.mean()) / whole_mean
    residuals = values - ratio * of_whole
    spread = float(np.sqrt(np.sum(residuals**2) / max(1, count - 1) / count)) / whole_mean
    error = whole.total * spread if count > 1 else float("inf")
    return Sensitivity(whole.total * ratio, error, count)


def is_known(sensitivity: Sensitivity, share: float) -> bool:
    """Whether a group's sensitivity needs no more images.

    Either it is clearly negligible, below a tenth of an equal share of the whole; or its error is
    small enough: errors of many groups average out in their sum.

    Args:
        sensitivity: sensitivity as estimated so far.
        share: each group's part of the whole model's divergence, if all groups had the same.
    """
    if sensitivity.images < FIRST_IMAGES:
        return False
    negligible = sensitivity.mean + 2 * sensitivity.error < 0.1 * share
    return negligible or sensitivity.error < SUFFICIENT_ERROR * sensitivity.mean


def clearly_less(values: NDArray[np.float64], than: NDArray[np.float64]) -> bool:
    """Whether divergences of the same images are smaller by more than one standard error.

    The test compares means. If the mean is smaller but a few images dominate it, the logarithms
    have to be smaller by more than two standard errors. A mistake costs one needless evaluation.
    """
    difference = summarize(than - values)
    if difference.mean > difference.error or difference.mean <= 0:
        return difference.mean > difference.error
    ratio = summarize(np.log(np.maximum(than, _LEAST)) - np.log(np.maximum(values, _LEAST)))
    return ratio.mean > 2 * ratio.error


def summarize(values: NDArray[np.float64]) -> Sensitivity:
    """Return mean and standard error of divergences."""
    count = len(values)
    error = float(np.std(values, ddof=1) / np.sqrt(count)) if count > 1 else float("inf")
    return Sensitivity(float(np.mean(values)), error, count)


def predicted(sensitivities: Sensitivities, candidate: Candidate) -> float:
    """Return the sum of the sensitivities of the groups that a candidate quantizes."""
    return sum(
        sensitivities[index, precision].mean
        for index, precision in enumerate(candidate)
        if precision != FP32
    )
