"""Values of resampled sets for metrics that are a mean or a ratio of sums."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence


def stacked(evidence: Sequence[Evidence]) -> NDArray[np.float64]:
    """[N, K] float64 from N pieces of evidence of shape [K]."""
    return np.stack([np.asarray(piece, np.float64) for piece in evidence])


def divided(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The quotient, nan where the denominator is 0; shapes broadcast."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: NDArray[np.float64] = np.where(denominator == 0, np.nan, numerator / denominator)
    return quotient


def weighted_mean(evidence: Sequence[Evidence], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Means of resampled scores: evidence N x [1], counts [B, N], values [B]."""
    return divided(counts @ stacked(evidence)[:, 0], counts.sum(axis=1).astype(np.float64))


def weighted_ratio(evidence: Sequence[Evidence], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of the first number over sum of the second: evidence N x [2], counts [B, N], values [B].

    A set whose second numbers sum to 0 has no value: nan.
    """
    sums = counts @ stacked(evidence)
    return divided(sums[:, 0], sums[:, 1])


def mean_of_present(values: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Means over the classes that are present: both [B, K], values [B] (nan for none)."""
    total = np.where(present, values, 0.0).sum(axis=1)
    return divided(total, present.sum(axis=1).astype(np.float64))
