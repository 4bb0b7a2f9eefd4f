"""What each group costs in accuracy: its damage when it alone is quantized."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.core.evaluator import FIRST_IMAGES, Evaluator, Sensitivity
from calibrate.core.precision import FP32, Candidate, Group, Precision

SURE = 0.3
"""Relative standard error of a damage at which more images would not change the choice."""

_LEAST = 1e-12
"""Divergences below it are rounding."""

Sensitivities = dict[tuple[int, Precision], Sensitivity]
"""By index of the group and precision; FP32 has none and is not listed."""


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """What quantizing every group at once does to the search images.

    Attributes:
        indices: of the images to measure groups on, the most damaged first.
        divergences: [N] float64, of the whole model on those images.
        total: mean divergence of the whole model over all search images.
    """

    indices: tuple[int, ...]
    divergences: NDArray[np.float64]
    total: float


def most_telling(indices: Sequence[int], divergences: NDArray[np.float64], most: int) -> Whole:
    """The images on which the whole model's damage shows.

    A few images often carry nearly all of it, and images that the whole model leaves alone say
    nothing of its parts.

    Args:
        indices: of all search images.
        divergences: [N] float64, of the whole model on them.
        most: how many are kept.
    """
    order = np.argsort(-divergences, kind="stable")[:most]
    return Whole(
        tuple(indices[int(place)] for place in order),
        divergences[order],
        float(divergences.mean()),
    )


def measure_damages(
    laboratory: Evaluator,
    groups: Sequence[Group],
    whole: Whole,
    *,
    advance: Callable[[], None] = lambda: None,
    expired: Callable[[], bool] = lambda: False,
) -> Sensitivities:
    """The damage of each group at each precision, quantized alone.

    Damages add up (the errors of different layers are nearly independent), so a group matters
    by its share of the whole model's damage. Images go where they tell most: those come first
    that the whole model damages most, and a group is done as soon as it is known well enough
    (`is_known`). One compilation a group and precision.

    Args:
        laboratory: measures.
        groups: in network order.
        whole: the images, and what the whole model does to them.
        advance: called after each measurement.
        expired: asked between measurements; True ends early, what is missing is left out.
    """
    damages: Sensitivities = {}
    share = whole.total / max(1, len(groups))
    alone = {
        (index, precision): Candidate.only(len(groups), index, precision)
        for index, group in enumerate(groups)
        for precision in group.precisions
        if precision != FP32
    }
    upcoming = [*list(alone.values())[1:], None]
    for (key, candidate), later in zip(alone.items(), upcoming, strict=True):
        if expired():
            return damages
        seen = laboratory.divergence(
            candidate,
            whole.indices,
            lambda values: is_known(relative(values, whole), share),
            later,
        )
        damages[key] = relative(seen, whole)
        advance()
    return damages


def relative(values: NDArray[np.float64], whole: Whole) -> Sensitivity:
    """A group's damage over all search images, from a few of them.

    A ratio estimate: the group's part of the whole model's damage on the images looked at,
    times the whole model's damage on all. Images differ in how easily they are damaged by
    orders of magnitude; the ratio differs far less, so few images tell it.

    Source: W. G. Cochran, Sampling Techniques, 3rd ed., 1977, chapter 6.

    Args:
        values: [K] divergences of the group alone on the first K of `whole.indices`.
        whole: the whole model's.
    """
    count = len(values)
    against = whole.divergences[:count]
    level = float(against.mean())
    if level <= 0:
        return summarize(values)
    ratio = float(values.mean()) / level
    residuals = values - ratio * against
    spread = float(np.sqrt(np.sum(residuals**2) / max(1, count - 1) / count)) / level
    error = whole.total * spread if count > 1 else float("inf")
    return Sensitivity(whole.total * ratio, error, count)


def is_known(damage: Sensitivity, share: float) -> bool:
    """Whether more images of a group are not worth their time.

    Either its damage is surely negligible, below a tenth of an equal share of the whole; or it
    is known well enough: errors of many groups average out in their sum.

    Args:
        damage: as known so far.
        share: of the whole model's damage, if all groups had the same.
    """
    if damage.images < FIRST_IMAGES:
        return False
    return damage.mean + 2 * damage.error < 0.1 * share or damage.error < SURE * damage.mean


def clearly_less(values: NDArray[np.float64], than: NDArray[np.float64]) -> bool:
    """Whether divergences of the same images are less by more than one standard error.

    Of their mean, or, where the mean is less but a few images dominate it, of their logarithms
    by more than two. The cost of a mistake is small: the candidate is evaluated for nothing.
    """
    difference = summarize(than - values)
    if difference.mean > difference.error or difference.mean <= 0:
        return difference.mean > difference.error
    ratio = summarize(np.log(np.maximum(than, _LEAST)) - np.log(np.maximum(values, _LEAST)))
    return ratio.mean > 2 * ratio.error


def summarize(values: NDArray[np.float64]) -> Sensitivity:
    """Mean and standard error of divergences."""
    count = len(values)
    error = float(np.std(values, ddof=1) / np.sqrt(count)) if count > 1 else float("inf")
    return Sensitivity(float(np.mean(values)), error, count)


def predicted(damages: Sensitivities, candidate: Candidate) -> float:
    """The sum of the damages of the groups that a candidate quantizes."""
    return sum(
        damages[index, precision].mean
        for index, precision in enumerate(candidate)
        if precision != FP32
    )
