"""What each group costs in accuracy: its damage when it alone is quantized."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from calibrate.contracts.candidate import FP32, Candidate, Group, Precision
from calibrate.contracts.trial import Damage, Laboratory

FIRST_LOOK = 12
"""Images after which a group may be found harmless: enough for a standard error of its own."""

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
    by its share of the whole model's damage. A group whose share is negligible even at the
    upper end of its uncertainty is done after the first look; the images go to the others. One
    compilation a group and precision.

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
                lambda values: is_negligible(values, share),
            )
            damages[index, precision] = summarize(seen)
            advance()
    return damages


def is_negligible(values: NDArray[np.float64], share: float) -> bool:
    """Whether a group's damage is surely below a tenth of an equal share of the whole."""
    damage = summarize(values)
    return damage.images >= FIRST_LOOK and damage.mean + 2 * damage.error < 0.1 * share


def clearly_less(values: NDArray[np.float64], than: NDArray[np.float64]) -> bool:
    """Whether divergences of the same images are less by more than two standard errors."""
    difference = summarize(than - values)
    return difference.mean > 2 * difference.error


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
