"""Intervals of means when a few images carry most of the change."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit


def half_width(values: NDArray[np.float64], *, confidence: float) -> float:
    """Return half the width of the interval around the mean of `values`.

    Student's t on a widened spread: the square of the greatest value is added to the sum of
    squares, as if one more pair of opposite images had been observed. It matters if most images
    do not change at all and a few change much: then Student's own interval covers far less than
    its nominal level. For values without such images it adds a few per cent.
    docs/verdict.md has the coverage by simulation.

    Args:
        values: [N], at least two; changes where 0 means unchanged.
        confidence: nominal coverage, 0-1.
    """
    count = len(values)
    squares = float(np.sum((values - values.mean()) ** 2) + np.max(np.abs(values)) ** 2)
    quantile = float(stdtrit(count - 1, 0.5 + confidence / 2))
    return quantile * math.sqrt(squares / (count * (count - 1)))


def unseen_share(images: int, *, confidence: float) -> float:
    """Return the largest share of images that may change although none of `images` did.

    The exact binomial bound at half the error (the rule of three, for two sides): with a larger
    share, observing no change among `images` would be less probable than that.
    """
    return float(1 - ((1 - confidence) / 2) ** (1 / images))
