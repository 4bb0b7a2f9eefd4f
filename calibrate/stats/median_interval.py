"""A distribution-free confidence interval of a median."""

from collections.abc import Sequence

from scipy.stats import binom


def median_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """Return the order statistics between which the median lies with at least a confidence.

    The number of values below the median is binomial with one half. Fewer than six values give no
    such interval at 95 %; then it is their range.

    Source: H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed., 2003, section 7.1.

    Args:
        values: independent, at least one.
        confidence: 0-1.
    """
    ordered = sorted(values)
    below = int(binom.ppf((1 - confidence) / 2, len(ordered), 0.5)) - 1
    place = max(0, below)
    return ordered[place], ordered[-1 - place]
