"""How far two outputs are apart: the arithmetic that decoders share, in float64."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

Floats = NDArray[np.float64]

PROBABILITY_FLOOR = 1e-12
"""Probabilities below it count as it, so that their logarithms are finite."""

PRESENCE_MARGIN = 1e-7
"""How far a probability of presence is at least taken to be from 0 and 1."""

_LOG_FLOOR = float(np.log(PROBABILITY_FLOOR))


def kl_divergence(log_p: Floats, log_q: Floats) -> float:
    """KL(p || q), summed over all elements, from log-probabilities of one shape.

    Written as the sum of p (d + exp(-d) - 1) with d = log p - log q: for distributions that sum
    to one it is the usual sum of p d, every term is at least 0, and close distributions lose no
    digits by cancellation. Log-probabilities below that of PROBABILITY_FLOOR count as it: a model
    that is certain beyond all measure would otherwise let one image outweigh all others.
    """
    bounded = np.maximum(log_p, _LOG_FLOOR)
    difference = bounded - np.maximum(log_q, _LOG_FLOOR)
    return float(np.sum(np.exp(bounded) * (difference + np.expm1(-difference))))


def log_of(probabilities: NDArray[Any]) -> Floats:
    """Logarithms of probabilities, which are made at least PROBABILITY_FLOOR first."""
    return np.log(np.maximum(probabilities.astype(np.float64), PROBABILITY_FLOOR))


def log_softmax(logits: Floats) -> Floats:
    """Logarithms of the softmax of finite logits, [C].

    scipy's works on any array library and axis, which takes ten times as long for one image's
    few scores as the arithmetic itself; an evaluation does it twice an image.
    """
    shifted = logits - logits.max()
    result: Floats = shifted - np.log(np.exp(shifted).sum())
    return result


def log_presence(present: NDArray[Any] | float) -> Floats:
    """Logarithms [2, ...] of absence and presence, from probabilities [...] of presence.

    A float32 sigmoid reaches 0 and 1; what it cannot tell from them counts as PRESENCE_MARGIN away.
    """
    inside = np.clip(np.asarray(present, np.float64), PRESENCE_MARGIN, 1 - PRESENCE_MARGIN)
    return np.log(np.stack([1 - inside, inside]))


def log_sigmoid_pair(logits: NDArray[Any] | float) -> Floats:
    """Logarithms [2, ...] of absence and presence, from logits [...] of presence."""
    values = np.asarray(logits, np.float64)
    pair: Floats = log_expit(np.stack([-values, values]))
    return pair


def filled_alike(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Two arrays of one rank, each filled up with zeros to the larger length of each dimension."""
    if first.shape == second.shape:
        return first, second
    shape = tuple(map(max, zip(first.shape, second.shape, strict=True)))

    def filled(array: NDArray[Any]) -> NDArray[Any]:
        added = zip(array.shape, shape, strict=True)
        return np.pad(array, [(0, length - own) for own, length in added])

    return filled(first), filled(second)


def normalized_squared_error(reference: NDArray[Any], values: NDArray[Any]) -> float:
    """Sum of (reference - values)^2 over the sum of reference^2.

    Where the reference is zero throughout, the mean of the squared error. Where one holds more
    values, as the rows of a suppression inside a model do, the other is filled up with zeros.
    """
    reference, values = filled_alike(reference, values)
    expected = reference.astype(np.float64)
    difference = expected - values
    energy = float(np.vdot(expected, expected))
    return float(np.vdot(difference, difference)) / (energy or max(1, expected.size))


def sampled(values: NDArray[Any], most: int) -> NDArray[Any]:
    """At most about `most` values of an array, flat, evenly spaced; a copy."""
    step = max(1, -(-values.size // most))
    # An even step would keep to the same columns of most images, an odd one wanders over them.
    return values.reshape(-1)[:: step if step == 1 else step | 1].copy()


def spaced_grid(shape: tuple[int, int], side: int) -> tuple[slice, slice]:
    """Slices over height and width that leave about `side` evenly spaced points of each."""
    steps = [max(1, length // side) for length in shape]
    return slice(steps[0] // 2, None, steps[0]), slice(steps[1] // 2, None, steps[1])


def frozen(signature: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """A signature that owns its arrays, since the next inference overwrites the outputs."""
    return {key: np.array(value) for key, value in signature.items()}
