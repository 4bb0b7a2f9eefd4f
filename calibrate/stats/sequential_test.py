"""Early decisions: whether the images seen so far already settle a candidate."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Standing = Literal["within", "over", "open"]

TOLERANCE = 1e-9

# Of the greatest bet that cannot lose everything, this share is allowed.
_BOLDNESS = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class SequentialSample:
    """What is known of a candidate on a finite set of images.

    Attributes:
        drops: [T] float64, paired drops (FP32 minus INT8, good direction) in the order seen.
        least: [M] float64, the least drop that each image not yet seen can still have.
        greatest: [M] float64, the greatest.
    """

    drops: NDArray[np.float64]
    least: NDArray[np.float64]
    greatest: NDArray[np.float64]

    @property
    def images(self) -> int:
        """How many images the set has, seen or not."""
        return len(self.drops) + len(self.least)


def open_drops(
    unseen_fp32: NDArray[np.float64], bounds: tuple[float, float], *, higher_is_better: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and greatest drop of images of which only the FP32 score is known.

    An image that FP32 gets wrong cannot be lost, and one that it gets right cannot be won: for
    accuracy this halves what the rest can change.

    Args:
        unseen_fp32: [M] FP32 scores.
        bounds: least and greatest score of one sample.
        higher_is_better: the metric's direction.
    """
    least, greatest = bounds
    if higher_is_better:
        return unseen_fp32 - greatest, unseen_fp32 - least
    return least - unseen_fp32, greatest - unseen_fp32


def exact_standing(race: SequentialSample, max_drop: float) -> Standing:
    """Decide only what no outcome of the remaining images can change.

    Never wrong about the set, in whatever order the images came.
    """
    total = float(race.drops.sum())
    if (total + float(race.greatest.sum())) / race.images <= max_drop + TOLERANCE:
        return "within"
    if (total + float(race.least.sum())) / race.images > max_drop + TOLERANCE:
        return "over"
    return "open"


def sequential_standing(
    race: SequentialSample, max_drop: float, *, error: float, bounds: tuple[float, float]
) -> Standing:
    """Decide by a bound that holds at all looks together, for images in random order.

    A bet on every image against the candidate being within budget, and one against its being
    over: at fair odds (the mean that the images not yet seen must have if the set's mean were
    the budget) the capital is a nonnegative supermartingale, which reaches 1 / error with
    probability at most `error` (Ville). So a wrong early decision has probability at most
    `error`, however often one looks, provided that the order was drawn at random without a
    look at the scores. What `exact_standing` decides is decided here too.

    Source: I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by
    betting, JRSS B 86 (2024) 1-27, section 5 (sampling without replacement); Confidence
    sequences for sampling without replacement, NeurIPS 2020.

    Args:
        race: the images seen in random order, and those open.
        max_drop: the budget for the mean over all images of the race, absolute.
        error: the probability of a wrong early decision, 0-1.
        bounds: the least and greatest drop that any image of the set can have; with an
            infinite bound only the exact rule is left (and it needs finite open drops).
    """
    standing = exact_standing(race, max_drop)
    if standing != "open" or not all(math.isfinite(bound) for bound in bounds):
        return standing
    least, greatest = bounds
    budget = max_drop + TOLERANCE
    if _capital(race.drops, race.images, budget, least) >= 1 / error:
        return "over"
    if _capital(-race.drops, race.images, -budget, -greatest) >= 1 / error:
        return "within"
    return "open"


def _capital(drops: NDArray[np.float64], images: int, budget: float, least: float) -> float:
    """The greatest capital so far of who bets that the mean is above `budget`.

    The stake on each image is chosen from the ones before it: the growth-optimal one for their
    mean and variance (with one pseudo-image of the widest spread), kept below what could ruin.
    """
    count = np.arange(len(drops))
    before = np.concatenate([[0.0], np.cumsum(drops)[:-1]])
    squares = np.concatenate([[0.0], np.cumsum((drops - budget) ** 2)[:-1]])
    fair = (images * budget - before) / (images - count)
    # Fair odds outside of what drops can be were decided exactly; they cannot occur here
    # except through rounding at the very edge, where no bet is placed.
    room = np.maximum(fair - least, 0.0)
    edge = (before - count * budget) / (count + 1)
    variance = (squares + (budget - least) ** 2 / 4) / (count + 1)
    stake = np.clip(edge / np.maximum(variance, TOLERANCE), 0.0, None)
    stake = np.where(room > 0, np.minimum(stake, _BOLDNESS / np.maximum(room, TOLERANCE)), 0.0)
    growth = np.cumsum(np.log1p(stake * (drops - fair)))
    return math.exp(min(max(float(growth.max(initial=0.0)), 0.0), 700.0))
