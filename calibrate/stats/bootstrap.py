"""Bootstrap interval of a drop in a metric that is not a mean over images (mAP, mean IoU, AUC)."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from calibrate.stats.small_samples import unseen_share

SETS = 500
"""Number of resampled sets; it gives their standard deviation to about 3 %."""

_BLOCK = 4_000_000
"""Counts in memory at one time: 32 MB."""

Values = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Values of resampled sets: counts [B, N] to [B], nan where a set has none."""


def bootstrap_half_width(
    drops: Values, reference: Values, images: int, *, confidence: float, seed: int
) -> float:
    """Return half the width of the interval around the drop over all images.

    Student's t on the spread of the drops of sets drawn with replacement. Percentiles of these
    drops, their corrected forms (BCa) and the jackknife were compared with it by simulation:
    docs/verdict.md. Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap
    (1993), chapters 6 and 12.

    Args:
        drops: FP32 minus INT8; both models use the same counts.
        reference: of FP32 alone, which sets the scale if no image changes.
        images: their number, at least two.
        confidence: nominal coverage, 0-1.
        seed: of the draws.

    Returns:
        inf if too many sets have no value for the interval to be reliable.
    """
    resampled_drops = _resampled(drops, images, seed)
    missing = float(np.isnan(resampled_drops).mean())
    if missing > (1 - confidence) / 2:
        return math.inf
    spread = float(np.nanstd(resampled_drops, ddof=1))
    if spread > 0:
        return float(stdtrit(images - 1, 0.5 + confidence / 2)) * spread
    # No image changed. One that does is assumed to weigh as much as an image whose contribution to
    # the FP32 value is two standard deviations from the mean.
    weight = 2 * math.sqrt(images) * float(np.nanstd(_resampled(reference, images, seed), ddof=1))
    return weight * unseen_share(images, confidence=confidence) if weight > 0 else math.inf


def _resampled(values: Values, images: int, seed: int) -> NDArray[np.float64]:
    """Return the values of `SETS` sets drawn with replacement, a block of sets at a time."""
    draws = np.random.default_rng(seed)
    chances = np.full(images, 1 / images)
    rows = max(1, _BLOCK // images)
    blocks = [
        values(draws.multinomial(images, chances, size=min(rows, SETS - start)))
        for start in range(0, SETS, rows)
    ]
    return np.concatenate(blocks)
