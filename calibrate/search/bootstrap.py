"""The interval of a drop in a metric that is no mean over images (mAP, mean IoU, AUC)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from calibrate.search.spread import half_width, unseen_share

MOST_SETS = 1000
"""With more images than this, each reduced set leaves out several of them."""

_ROWS = 64

Drops = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Drops of resampled sets: counts [B, N] to [B]; both models see the same counts."""


def jackknife_half_width(
    drops: Drops, reference: Drops, images: int, *, confidence: float, seed: int
) -> float:
    """Half the width of the interval around the drop over all images.

    Each image (with more than `MOST_SETS`, each group of a random equal partition) is left out
    once; the pseudo-values that follow are treated as the images of a mean. Source: B. Efron
    and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 11.

    Args:
        drops: FP32 minus INT8 for given counts.
        reference: the FP32 values for given counts, which set the scale where no image changes.
        images: how many there are, at least two.
        confidence: nominal coverage, 0-1.
        seed: of the partition into groups.

    Returns:
        inf where the value without some image does not exist (it alone holds a class), since
        then nothing can be said of sets with other images.
    """
    groups = _groups(images, seed)
    count = int(groups.max()) + 1
    whole = np.ones((1, images), dtype=np.int64)
    full = float(drops(whole)[0])
    reduced = _without(drops, groups, count)
    if not np.isfinite(reduced).all():
        return float("inf")
    pseudo = count * full - (count - 1) * reduced
    if np.any(pseudo != 0):
        return half_width(pseudo, confidence=confidence)
    influence = np.abs(_without(reference, groups, count) - reference(whole)[0])
    greatest = float(influence.max()) * count
    # An image that INT8 would spoil is taken to weigh no more than one that FP32 would lose.
    known = np.isfinite(greatest) and greatest > 0
    return greatest * unseen_share(images, confidence=confidence) if known else float("inf")


def _groups(images: int, seed: int) -> NDArray[np.int64]:
    """The number of each image's group: its own, or one of `MOST_SETS` about equal ones."""
    numbers = np.arange(images, dtype=np.int64)
    if images <= MOST_SETS:
        return numbers
    return np.random.default_rng(seed).permutation(numbers % MOST_SETS)


def _without(values: Drops, groups: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Values of the sets without one group each, a block of rows at a time."""
    blocks = [
        values((groups[None, :] != np.arange(start, min(start + _ROWS, count))[:, None]) * 1)
        for start in range(0, count, _ROWS)
    ]
    return np.concatenate(blocks)
