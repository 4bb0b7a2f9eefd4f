"""Models of each class's probability as the label or as an answer of the quantized model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Classes = NDArray[np.int64]

_DRAWS = 32
"""Rankings drawn if a model answers several classes; the mean is over samples too."""


@dataclass(frozen=True, slots=True)
class Prior:
    """Normal prior of the parameters, which matters when samples are few.

    Attributes:
        exponent: exponent of the logarithms: mean and standard deviation of its logarithm.
        bonus: bonus of the classes that FP32 answers: mean and standard deviation.
    """

    exponent: tuple[float, float]
    bonus: tuple[float, float] = (0.0, 1.0)


OF_LABELS = Prior(exponent=(0.0, 0.7))
"""A network's probabilities are about right, within a factor of two in the logits."""

OF_ANSWERS = Prior(exponent=(1.5, 1.5))
"""Quantization changes answers near ties, within anything from a tenth to a few logits."""

_LARGEST = 10.0
"""Bound of the parameters."""

_TINY = 1e-300


def label_probabilities(logarithms: Floats, labels: Classes) -> Floats:
    """Return each class's probability as the label: FP32's at a fitted temperature.

    Maximum likelihood on the labels, with a prior near 1 that a few dozen samples outweigh.
    Source: C. Guo, G. Pleiss, Y. Sun and K. Weinberger, On calibration of modern neural networks,
    ICML 2017, section 4.2. A further parameter, a bonus for the class that FP32 answers, was
    tried: on a network trained with smoothed labels it is wrong by half a point (docs/verdict.md).

    Args:
        logarithms: [N, C] of FP32's probabilities.
        labels: [N] the true classes.

    Returns:
        [N, C], rows sum to 1.
    """
    nothing = np.zeros(logarithms.shape, np.bool_)
    return _softmax(_fitted(logarithms, nothing, labels[:, None], OF_LABELS))


def answer_probabilities(
    logarithms: Floats, answers: Classes, given: Classes, *, seed: int = 0
) -> Floats:
    """Return each class's probability among the quantized model's answers, fitted to its answers.

    The quantized model's ranking is modelled as drawn class by class, each time by a conditional
    logit softmax(a log p + b [FP32 answers the class]) among the classes that are left, a and b
    by maximum likelihood (R. Plackett, The analysis of
    permutations, Applied Statistics 24 (1975) 193-202). For one answer the probabilities are
    exact; for several they are the share of 32 drawn rankings (Gumbel noise on the scores).

    Args:
        logarithms: [N, C] of FP32's probabilities.
        answers: [N, K] the classes that FP32 answers.
        given: [N, K] the classes that the quantized model answers, best first.
        seed: seed of the drawn rankings.

    Returns:
        [N, C], rows sum to K.
    """
    count = given.shape[1]
    score = _fitted(logarithms, flags(answers, logarithms.shape[1]), given, OF_ANSWERS)
    if count == 1:
        return _softmax(score)
    if count >= score.shape[1]:
        return np.ones_like(score)
    random = np.random.default_rng(seed)
    total = np.zeros_like(score)
    for _ in range(_DRAWS):
        drawn = score + random.gumbel(size=score.shape)
        best = np.argpartition(-drawn, count, axis=1)[:, :count]
        total += flags(best, score.shape[1])
    return total / _DRAWS


def flags(classes: Classes, count: int) -> Flags:
    """Return [N, C], whether each of `count` classes is among a sample's classes, [N, K]."""
    is_member = np.zeros((len(classes), count), np.bool_)
    np.put_along_axis(is_member, classes, values=True, axis=1)
    return is_member


def _fitted(logarithms: Floats, inside: Flags, chosen: Classes, prior: Prior) -> Floats:
    """Fit the conditional logit to the chosen classes, in turn, and return its scores [N, C]."""

    def cost(parameters: Floats) -> tuple[float, Floats]:
        exponent = np.exp(parameters[0])
        score = exponent * logarithms + parameters[1] * inside
        value, residual = 0.0, np.zeros_like(score)
        rows = np.arange(len(chosen))
        for stage in range(chosen.shape[1]):
            picked = chosen[:, stage]
            share = _softmax(score)
            value -= float(np.log(np.maximum(share[rows, picked], _TINY)).sum())
            residual += share
            residual[rows, picked] -= 1
            score[rows, picked] = -np.inf
        gradient = np.array([(residual * logarithms).sum() * exponent, residual[inside].sum()])
        return _with_prior(value, gradient, parameters, prior)

    exponent, bonus = _minimum(cost)
    return np.asarray(np.exp(exponent) * logarithms + bonus * inside, np.float64)


def _with_prior(
    value: float, gradient: Floats, parameters: Floats, prior: Prior
) -> tuple[float, Floats]:
    """Add a normal prior to a negative log-likelihood and its gradient."""
    means, spreads = np.array([prior.exponent, prior.bonus]).T
    off = (parameters - means) / spreads
    return value + float(off @ off) / 2, gradient + off / spreads


def _minimum(cost: Callable[[Floats], tuple[float, Floats]]) -> Floats:
    bounds = [(-_LARGEST / 2, _LARGEST / 2), (-_LARGEST, _LARGEST)]
    result = minimize(cost, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(result.x, np.float64)


def _softmax(score: Floats) -> Floats:
    powers = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)
