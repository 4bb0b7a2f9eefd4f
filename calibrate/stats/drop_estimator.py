"""Drops with as little noise as the metric allows: what is counted and what is expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf, sqrt

import numpy as np
from numpy.typing import NDArray

from calibrate.stats.control_variate import DOUBT, calibrated_drop, fit_slope

Estimate = tuple[float, float]
"""A drop and its standard error, in the metric's unit."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """How much a flip costs in labels for what FP32's probabilities say that it costs.

    Attributes:
        value: 1 where the probabilities are right.
        error: its standard error.
    """

    value: float
    error: float


def pooled_slope(drops: Sequence[Values], expected: Sequence[Values]) -> Slope:
    """One slope for all trials together.

    Args:
        drops: a trial each, [N] labelled drop of each image.
        expected: a trial each, [N] expected drop of the same images.
    """
    labelled, said = np.concatenate(drops), np.concatenate(expected)
    # Trials share their images, so they count as one trial's images towards being sure.
    spread = max(float(labelled.var()), 1 / len(drops[0]))
    information = float(said @ said) / len(drops) / spread + 1 / DOUBT**2
    # Labels may like an INT8 model by luck; that flips cost nothing on average is its limit.
    return Slope(max(0.0, fit_slope(labelled, said, trials=len(drops))), sqrt(1 / information))


def calibrated_estimate(expected: Values, slope: Slope) -> Estimate:
    """A drop from what FP32's probabilities expect, calibrated on labels: for choosing.

    The error is that of the mean of what is expected and that of the slope.

    Args:
        expected: [N] expected drop of each image.
        slope: fitted on these or on other images.
    """
    from_images = slope.value**2 * _variance_of_mean(expected)
    from_slope = (slope.error * float(expected.mean())) ** 2
    return calibrated_drop(expected, slope.value), sqrt(from_images + from_slope)


def combined_estimate(drops: Values, expected: Values, slope: Slope) -> Estimate:
    """A drop counted on labels and expected from probabilities, weighed by their precision.

    On a few hundred images one flip more or less is as much as a budget, while the expected
    drop hardly moves. It is believed within half of itself (`DOUBT`), which says by how much a
    model may differ from those that the slope was fitted on: where little is expected, little
    is lost and counting adds noise; where much is expected, what is counted decides.

    Assumption: a flip costs in labels what FP32's probabilities say, times the slope, give or
    take half. The counted drop and its interval, which assume nothing, are reported beside it.

    Args:
        drops: [N] labelled drop of each image.
        expected: [N] expected drop of the same images.
        slope: fitted on images other than these.
    """
    guess, error = calibrated_estimate(expected, slope)
    prior = error**2 + (DOUBT * guess) ** 2
    count = len(drops)
    # One flip more than was seen, as for any mean of which few images change.
    counted = (float(np.sum((drops - drops.mean()) ** 2)) + 1) / (count * max(1, count - 1))
    return combined((float(drops.mean()), sqrt(counted)), (guess, sqrt(prior)))


def combined(counted: Estimate, expected: Estimate) -> Estimate:
    """What was counted and what was expected, each weighed by its precision.

    Returns:
        The estimate, and what is left of the error of counting.
    """
    variance, prior = counted[1] ** 2, expected[1] ** 2
    if prior + variance == 0 or isinf(prior):
        return counted
    weight = 0.0 if isinf(variance) else prior / (prior + variance)
    drop = expected[0] if weight == 0 else weight * counted[0] + (1 - weight) * expected[0]
    return drop, sqrt(weight * variance) if weight else 0.0


def _variance_of_mean(values: Values) -> float:
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else float("inf")
