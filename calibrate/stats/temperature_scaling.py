"""What FP32's probabilities are worth: how often its answers at a confidence are right."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

_SPREAD = 0.7
"""Standard deviation of the logarithm of the temperature of models met: a factor of two."""

_WIDEST = 2.5
"""Logarithm beyond which no temperature is looked for."""

_LEAST = 1e-12

Probabilities = NDArray[np.float64]


def fit_temperature(probabilities: Sequence[Probabilities], labels: Sequence[int]) -> float:
    """The temperature at which probabilities say best what the labels are.

    Least negative log-likelihood, held near 1 by a prior that a few dozen images outweigh. Above
    1 the model is surer than it should be, below 1 it is right more often than it says (as
    models trained with soft labels are).

    Source: C. Guo, G. Pleiss, Y. Sun and K. Weinberger, On calibration of modern neural networks,
    ICML 2017, section 4.2.

    Args:
        probabilities: [C] of each labelled image, from FP32.
        labels: the true class of each.
    """
    if not len(labels):
        return 1.0
    logarithms = np.log(np.maximum(np.array(probabilities, np.float64), _LEAST))
    own = logarithms[np.arange(len(labels)), np.array(labels)]

    def cost(exponent: float) -> float:
        scale = math.exp(-exponent)
        shifted = scale * logarithms
        top = shifted.max(axis=1)
        normalizers = top + np.log(np.exp(shifted - top[:, None]).sum(axis=1))
        return float((normalizers - scale * own).sum()) + (exponent / _SPREAD) ** 2 / 2

    found = minimize_scalar(cost, bounds=(-_WIDEST, _WIDEST), method="bounded")
    return math.exp(float(found.x))


def apply_temperature(probabilities: Probabilities, temperature: float) -> Probabilities:
    """[C] probabilities with their logarithms divided by a temperature."""
    shifted = np.log(np.maximum(np.asarray(probabilities, np.float64), _LEAST)) / temperature
    powers = np.exp(shifted - shifted.max())
    return np.asarray(powers / powers.sum(), np.float64)
