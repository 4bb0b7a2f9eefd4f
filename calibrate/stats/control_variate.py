"""Drops in accuracy with less variance: what the FP32 probabilities expect of each flip."""

import numpy as np
from numpy.typing import NDArray

FACE_VALUE = 1.0
"""The slope when FP32's probabilities are right: a flip costs what they say."""

DOUBT = 0.5
"""How far from the prior slope a slope is expected to be (one standard deviation)."""


def fit_slope(
    drops: NDArray[np.float64],
    expected: NDArray[np.float64],
    prior: float = FACE_VALUE,
    trials: int = 1,
) -> float:
    """Labelled drop for each unit of expected drop: more than 1 where flips cost more than said.

    A ridge regression through the origin, held near `prior`: with few flips the slope stays
    where it was believed to be (`DOUBT` away, about), with many it is what the labels say.

    Args:
        drops: [N] labelled, FP32 minus INT8: -1, 0 or 1.
        expected: [N] of the same images.
        prior: the slope believed before, for instance the pooled one of other candidates.
        trials: how many models these images were seen by, one after the other; together they count
            as one towards leaving the prior, since images that flip by one flip by the next.
    """
    # With no drop at all the spread would be 0 and the prior worthless: one flip is assumed.
    spread = max(float(drops.var()), trials / len(drops))
    weight = trials * spread / DOUBT**2
    return (float(drops @ expected) + weight * prior) / (float(expected @ expected) + weight)


def calibrated_drop(expected: NDArray[np.float64], slope: float) -> float:
    """The mean drop that the calibrated expectation predicts: for choosing, not for judging.

    Near a budget its error is about half of that of counting flips, so it orders candidates
    better. It rests on an assumption: where FP32 hardly prefers one answer, labels do not
    either, and beyond that a flip costs `slope` times what FP32 says. Where that fails it is
    biased, by a point on a real model (docs/verdict.md), so it has no interval.

    Args:
        expected: [N] expected drops, labelled or not.
        slope: fitted on labelled images, of this candidate or of several.
    """
    return slope * float(expected.mean())
