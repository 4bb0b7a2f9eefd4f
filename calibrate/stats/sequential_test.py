"""Sequential tests: whether the images so far already decide that a candidate is within budget."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.stats.budget import TOLERANCE

SequentialDecision = Literal["within", "over", "open"]

# Largest stake, as a share of the greatest one that cannot lose the whole capital.
_LARGEST_STAKE = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class SequentialSample:
    """A candidate's drops so far on a finite set of images.

    Attributes:
        drops: [T] float64, paired drops (FP32 minus INT8, good direction) in the order observed.
        least: [M] float64, the least drop that each image not yet observed can have.
        greatest: [M] float64, the greatest.
    """

    drops: NDArray[np.float64]
    least: NDArray[np.float64]
    greatest: NDArray[np.float64]

    @property
    def images(self) -> int:
        """Number of images in the set, observed or not."""
        return len(self.drops) + len(self.least)


def open_drops(
    remaining_fp32: NDArray[np.float64], bounds: tuple[float, float], *, higher_is_better: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and greatest drop of images of which only the FP32 score is known.

    An image that FP32 gets wrong cannot become worse, and one that it gets right cannot improve:
    for accuracy this halves the range of the remaining images.

    Args:
        remaining_fp32: [M] FP32 scores.
        bounds: least and greatest score of one sample.
        higher_is_better: the metric's direction.
    """
    least, greatest = bounds
    if higher_is_better:
        return remaining_fp32 - greatest, remaining_fp32 - least
    return least - remaining_fp32, greatest - remaining_fp32


def exact_decision(sample: SequentialSample, max_drop: float) -> SequentialDecision:
    """Decide only if no outcome of the remaining images can change the decision.

    The decision about the set is exact, in any order of the images.
    """
    total = float(sample.drops.sum())
    if (total + float(sample.greatest.sum())) / sample.images <= max_drop + TOLERANCE:
        return "within"
    if (total + float(sample.least.sum())) / sample.images > max_drop + TOLERANCE:
        return "over"
    return "open"


def sequential_decision(
    sample: SequentialSample, max_drop: float, *, error: float, bounds: tuple[float, float]
) -> SequentialDecision:
    """Decide by a bound that holds for any number of looks, for images in random order.

    A bet on every image against the candidate being within budget, and one against its being
    over: at fair odds (the mean that the images not yet observed must have if the set's mean were
    the budget) the capital is a nonnegative supermartingale, which reaches 1 / error with
    probability at most `error` (Ville). So a wrong early decision has probability at most
    `error`, however often the test is run, provided that the order was drawn at random and
    independently of the scores. Any decision of `exact_decision` is made here too.

    Source: I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by
    betting, JRSS B 86 (2024) 1-27, section 5 (sampling without replacement); Confidence
    sequences for sampling without replacement, NeurIPS 2020.

    Args:
        sample: the drops observed in random order, and the bounds of the rest.
        max_drop: the budget for the mean over all images of the set, absolute.
        error: the probability of a wrong early decision, 0-1.
        bounds: the least and greatest drop that any image of the set can have; with an
            infinite bound only the exact rule is left (and it needs finite open drops).
    """
    decision = exact_decision(sample, max_drop)
    if decision != "open" or not all(math.isfinite(bound) for bound in bounds):
        return decision
    least, greatest = bounds
    budget = max_drop + TOLERANCE
    if _capital(sample.drops, sample.images, budget, least) >= 1 / error:
        return "over"
    if _capital(-sample.drops, sample.images, -budget, -greatest) >= 1 / error:
        return "within"
    return "open"


def _capital(drops: NDArray[np.float64], images: int, budget: float, least: float) -> float:
    """Return the greatest capital so far from bets that the mean is above `budget`.

    The stake on each image is chosen from the ones before it: the growth-optimal one for their
    mean and variance (with one pseudo-image of the widest spread), limited so that no bet can lose
    the whole capital.
    """
    count = np.arange(len(drops))
    before = np.concatenate([[0.0], np.cumsum(drops)[:-1]])
    squares = np.concatenate([[0.0], np.cumsum((drops - budget) ** 2)[:-1]])
    fair = (images * budget - before) / (images - count)
    # Fair odds outside the range of drops were decided exactly; here they can only occur
    # through rounding at the edge, where no bet is placed.
    largest_loss = np.maximum(fair - least, 0.0)
    edge = (before - count * budget) / (count + 1)
    variance = (squares + (budget - least) ** 2 / 4) / (count + 1)
    stake = np.clip(edge / np.maximum(variance, TOLERANCE), 0.0, None)
    stake = np.where(
        largest_loss > 0,
        np.minimum(stake, _LARGEST_STAKE / np.maximum(largest_loss, TOLERANCE)),
        0.0,
    )
    growth = np.cumsum(np.log1p(stake * (drops - fair)))
    return math.exp(min(max(float(growth.max(initial=0.0)), 0.0), 700.0))
