"""Bootstrap interval of a drop in a metric that is not a mean over images (mAP, mean IoU, AUC)."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from calibrate.stats.small_samples import unseen_share

SETS = 500
"""Number of resampled sets; it gives their standard deviation to about 3 %."""

_STUDENTIZED_SETS = 2000
"""Of sets of influences, which cost no evaluation of the metric."""

_BLOCK = 4_000_000
"""Counts in memory at one time: 32 MB."""

Values = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Values of resampled sets: counts [B, N] to [B], nan where a set has none."""


def bootstrap_half_width(
    drops: Values, reference: Values, images: int, *, confidence: float, seed: int
) -> float:
    """Return half the width of the interval around the drop over all images.

    The standard error is the spread of the drops of sets drawn with replacement, with one image
    more that weighs as much as the one that weighs most. It is multiplied by the quantile of the
    studentized bootstrap, symmetric, and by that of Student's t at least: the drop of a metric
    that a few images decide is far from normal. Simulated coverage, beside other intervals:
    docs/verdict.md and benchmarks/coverage.py.

    Sources: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapters 6, 11
    and 12; P. Hall, On symmetric bootstrap confidence intervals, Journal of the Royal Statistical
    Society B 50 (1988) 35-45.

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
        influences = _influences(drops, images, seed)
        if not np.isfinite(influences).all():
            return math.inf
        largest = float(np.abs(influences).max())
        student = float(stdtrit(images - 1, 0.5 + confidence / 2))
        studentized = _studentized_quantile(influences, confidence=confidence, seed=seed)
        return max(student, studentized) * math.hypot(spread, largest)
    # No image changed. One that does is assumed to weigh as much as an image whose contribution to
    # the FP32 value is two standard deviations from the mean.
    weight = 2 * math.sqrt(images) * float(np.nanstd(_resampled(reference, images, seed), ddof=1))
    return weight * unseen_share(images, confidence=confidence) if weight > 0 else math.inf


def _influences(drops: Values, images: int, seed: int) -> NDArray[np.float64]:
    """Return by how much each image moves the drop: with it, less without it.

    More images than `SETS` are taken in blocks, drawn at random.

    Returns:
        [M] float64; nan where the metric has no value without the image or block.
    """
    blocks = min(images, SETS)
    block_of = np.random.default_rng(seed).permutation(images) % blocks
    whole = float(drops(np.ones((1, images), dtype=np.int64))[0])
    rows = max(1, _BLOCK // images)
    without = [
        drops((block_of != np.arange(start, min(start + rows, blocks))[:, None]).astype(np.int64))
        for start in range(0, blocks, rows)
    ]
    moved = (whole - np.concatenate(without)) * (blocks - 1) / blocks
    return np.asarray(moved - moved.mean(), dtype=np.float64)


def _studentized_quantile(
    influences: NDArray[np.float64], *, confidence: float, seed: int
) -> float:
    """Return the quantile of the error over the standard error, both of sets drawn again.

    A set's drop is approximated by the sum of its images' influences; its standard error is at
    least the influence of one image, since sets without any that changed have none.
    """
    count = len(influences)
    counts = np.random.default_rng(seed).multinomial(
        count, np.full(count, 1 / count), size=_STUDENTIZED_SETS
    )
    errors = counts @ influences
    variances = counts @ influences**2 - errors**2 / count
    least = float(np.abs(influences).max())
    return float(np.quantile(np.abs(errors) / np.sqrt(np.maximum(variances, least**2)), confidence))


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
