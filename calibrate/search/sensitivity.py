"""What each group costs in accuracy: its damage when it alone is quantized."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from calibrate.contracts.candidate import FP32, Candidate, Group, Precision
from calibrate.contracts.trial import Damage, Laboratory

FIRST_LOOK = 12
"""Images after which a group may be done: enough for a standard error of its own."""

SURE = 0.2
"""Relative standard error of a damage at which more images would not change the choice."""

Damages = dict[tuple[int, Precision], Damage]
"""By index of the group and precision; FP32 has none and is not listed."""


def measure_damages(
    laboratory: Laboratory,
    groups: Sequence[Group],
    indices: Sequence[int],
    *,
    total: float,
    advance: Callable[[], None] = lambda: None,
    expired: Callable[[], bool] = lambda: False,
) -> Damages:
    """The damage of each group at each precision, quantized alone.

    Damages add up (the errors of different layers are nearly independent), so a group matters
    by its share of the whole model's damage. Images go where they tell most: a group is done
    as soon as it is known well enough (`is_known`). One compilation a group and precision.

    Args:
        laboratory: measures.
        groups: in network order.
        indices: search images, the most that any group gets.
        total: mean damage of the model with every group quantized.
        advance: called after each measurement.
        expired: asked between measurements; True ends early, what is missing is left out.
    """
    damages: Damages = {}
    share = total / max(1, len(groups))
    for index, group in enumerate(groups):
        for precision in group.precisions:
            if precision == FP32:
                continue
            if expired():
                return damages
            seen = laboratory.divergence(
                Candidate.only(len(groups), index, precision),
                indices,
                lambda values: is_known(values, share),
            )
            damages[index, precision] = summarize(seen)
            advance()
    return damages


def is_known(values: NDArray[np.float64], share: float) -> bool:
    """Whether more images of a group are not worth their time.

    Either its damage is surely negligible, below a tenth of an equal share of the whole; or it
    is known well enough: errors of many groups average out in their sum.

    Args:
        values: divergences seen so far.
        share: of the whole model's damage, if all groups had the same.
    """
    damage = summarize(values)
    if damage.images < FIRST_LOOK:
        return False
    return damage.mean + 2 * damage.error < 0.1 * share or damage.error < SURE * damage.mean


def clearly_less(values: NDArray[np.float64], than: NDArray[np.float64]) -> bool:
    """Whether divergences of the same images are less by more than one standard error.

    The cost of a mistake is small: the candidate is evaluated for nothing.
    """
    difference = summarize(than - values)
    return difference.mean > difference.error


def summarize(values: NDArray[np.float64]) -> Damage:
    """Mean and standard error of divergences."""
    count = len(values)
    error = float(np.std(values, ddof=1) / np.sqrt(count)) if count > 1 else float("inf")
    return Damage(float(np.mean(values)), error, count)


def predicted(damages: Damages, candidate: Candidate) -> float:
    """The sum of the damages of the groups that a candidate quantizes."""
    return sum(
        damages[index, precision].mean
        for index, precision in enumerate(candidate)
        if precision != FP32
    )
