"""The drop estimate that `answer_drop` replaced, kept to compare with: temperature and slope."""

from collections.abc import Sequence
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

Floats = NDArray[np.float64]

_DOUBT = 0.5


def tempered(logarithms: Floats, labels: NDArray[np.int64], fitted_on: NDArray[np.int64]) -> Floats:
    """[N, C] probabilities at the temperature of some samples."""
    shown, of_label = logarithms[fitted_on], logarithms[fitted_on, labels[fitted_on]]

    def cost(exponent: float) -> float:
        scaled = exp(-exponent) * shown
        top = scaled.max(axis=1)
        normalizers = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((normalizers - exp(-exponent) * of_label).sum()) + (exponent / 0.7) ** 2 / 2

    best = minimize_scalar(cost, bounds=(-2.5, 2.5), method="bounded")
    scaled = exp(-float(best.x)) * logarithms
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)


def slope(drops: Sequence[Floats], expected: Sequence[Floats]) -> tuple[float, float]:
    """Labelled for expected drop over all trials of the same samples, and its error."""
    labelled, said, trials = np.concatenate(drops), np.concatenate(expected), len(drops)
    spread = max(float(labelled.var()), trials / len(labelled))
    weight = trials * spread / _DOUBT**2
    value = (float(labelled @ said) + weight) / (float(said @ said) + weight)
    least = max(float(labelled.var()), 1 / len(drops[0]))
    return max(0.0, value), sqrt(1 / (float(said @ said) / trials / least + 1 / _DOUBT**2))


def combined(drops: Floats, expected: Floats, fitted: tuple[float, float]) -> float:
    """Counted and expected drop, weighed by their precision."""
    count, (value, error) = len(drops), fitted
    guess = value * float(expected.mean())
    variance = value**2 * float(expected.var(ddof=1)) / count
    prior = variance + (error * float(expected.mean())) ** 2 + (_DOUBT * guess) ** 2
    counted = (float(np.sum((drops - drops.mean()) ** 2)) + 1) / (count * (count - 1))
    weight = prior / (prior + counted)
    return weight * float(drops.mean()) + (1 - weight) * guess
