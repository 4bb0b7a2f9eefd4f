"""The drop of each trial on the search images, with as little noise as the metric allows."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from calibrate.search.control import DOUBT, calibrated_drop, fit_slope

Estimate = tuple[float, float]
"""A drop and its standard error, in the metric's unit."""


def calibrated_estimates(
    drops: Sequence[NDArray[np.float64]], expected: Sequence[NDArray[np.float64]]
) -> list[Estimate]:
    """Drops of several trials from what FP32's probabilities expect, calibrated on the labels.

    One slope is fitted on all trials together: it says how much more, or less, a flip costs than
    the probabilities say. The error of a drop is that of the mean of what is expected and that
    of the slope.

    Args:
        drops: a trial each, [N] labelled drop of each image.
        expected: a trial each, [N] expected drop of the same images.

    Returns:
        Drop and standard error of each trial.
    """
    labelled, said = np.concatenate(drops), np.concatenate(expected)
    slope = fit_slope(labelled, said)
    # Trials share their images, so they count as one trial's images towards being sure.
    spread = max(float(labelled.var()), 1 / len(drops[0]))
    information = float(said @ said) / len(drops) / spread + 1 / DOUBT**2
    slope_error = sqrt(1 / information)
    return [
        (
            calibrated_drop(values, slope),
            sqrt(slope**2 * _variance_of_mean(values) + (slope_error * float(values.mean())) ** 2),
        )
        for values in expected
    ]


def _variance_of_mean(values: NDArray[np.float64]) -> float:
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else float("inf")
