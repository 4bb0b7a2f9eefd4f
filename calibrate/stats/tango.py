"""Tango's interval of a drop in accuracy, from the images on which exactly one model is right."""

import math

from scipy.optimize import brentq
from scipy.special import ndtri

_BESIDE = 1e-9


def flip_interval(lost: int, gained: int, images: int, *, confidence: float) -> tuple[float, float]:
    """Return Tango's score interval for the difference of two paired proportions.

    It depends on the flips alone and is valid when they are few: without any flip it is
    plus and minus z^2 / (images + z^2), never of zero width.

    Source: T. Tango, Equivalence test and confidence interval for the difference in proportions
    for the paired-sample design, Statistics in Medicine 17 (1998) 891-908.

    Args:
        lost: images on which FP32 is right and INT8 is wrong.
        gained: images on which INT8 is right and FP32 is wrong.
        images: all images, at least one.
        confidence: nominal coverage, 0-1.

    Returns:
        Lower and upper end of the drop, as fractions from -1 to 1.
    """
    z = float(ndtri(0.5 + confidence / 2))
    drop = (lost - gained) / images

    def excess(value: float) -> float:
        """Squared distance from `value` less that of the score test; below 0 inside."""
        return (lost - gained - images * value) ** 2 - z * z * _variance(
            lost, gained, images, value
        )

    # At the estimate itself both terms vanish without flips (or with flips alone): start beside it.
    low, high = -1.0, 1.0
    if drop - _BESIDE > -1.0 and excess(-1.0) > 0:
        low = float(brentq(excess, -1.0, drop - _BESIDE, xtol=1e-12))
    if drop + _BESIDE < 1.0 and excess(1.0) > 0:
        high = float(brentq(excess, drop + _BESIDE, 1.0, xtol=1e-12))
    return low, high


def _variance(lost: int, gained: int, images: int, drop: float) -> float:
    """Return the variance of (lost - gained) at a true drop, by maximum likelihood."""
    linear = (2 * images - lost + gained) * drop - lost - gained
    constant = -gained * drop * (1 - drop)
    root = math.sqrt(max(linear * linear - 8 * images * constant, 0.0))
    rate_gained = (root - linear) / (4 * images)
    return images * max(2 * rate_gained + drop * (1 - drop), 0.0)
