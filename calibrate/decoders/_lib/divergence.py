"""Measure how far two outputs are apart: arithmetic that decoders share, in float64."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

Floats = NDArray[np.float64]

PROBABILITY_FLOOR = 1e-12
"""Smaller probabilities are raised to it, so that their logarithms are finite."""

PRESENCE_MARGIN = 1e-7
"""Least distance of a probability of presence from 0 and 1; closer ones are clipped."""

_LOG_FLOOR = float(np.log(PROBABILITY_FLOOR))


def kl_divergence(log_p: Floats, log_q: Floats) -> float:
    """Return KL(p || q), summed over all elements, from log-probabilities of one shape.

    Written as the sum of p (d + exp(-d) - 1) with d = log p - log q: for distributions that sum
    to one it is the usual sum of p d, every term is at least 0, and close distributions lose no
    digits by cancellation. Log-probabilities are clipped at that of PROBABILITY_FLOOR: otherwise
    a model that is extremely confident on an image lets this image outweigh all others.
    """
    return float(_kl_terms(log_p, log_q).sum())


def kl_divergences(log_p: Floats, log_q: Floats) -> Floats:
    """Return `kl_divergence` of each row, [N] from [N, C]."""
    result: Floats = _kl_terms(log_p, log_q).sum(axis=-1)
    return result


def _kl_terms(log_p: Floats, log_q: Floats) -> Floats:
    bounded = np.maximum(log_p, _LOG_FLOOR)
    difference = bounded - np.maximum(log_q, _LOG_FLOOR)
    terms: Floats = np.exp(bounded) * (difference + np.expm1(-difference))
    return terms


def log_of(probabilities: NDArray[Any]) -> Floats:
    """Return logarithms of probabilities, clipped at PROBABILITY_FLOOR first."""
    return np.log(np.maximum(probabilities.astype(np.float64), PROBABILITY_FLOOR))


def log_softmax(logits: Floats) -> Floats:
    """Return logarithms of the softmax of finite logits, along the last axis.

    scipy's works on any array library and axis, which takes ten times as long for one image's
    few scores as the arithmetic itself; an evaluation does it twice an image.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def log_presence(present: NDArray[Any] | float) -> Floats:
    """Return logarithms [2, ...] of absence and presence, from probabilities [...] of presence.

    A float32 sigmoid reaches 0 and 1; probabilities are clipped to PRESENCE_MARGIN from them.
    """
    inside = np.clip(np.asarray(present, np.float64), PRESENCE_MARGIN, 1 - PRESENCE_MARGIN)
    return np.log(np.stack([1 - inside, inside]))


def log_sigmoid_pair(logits: NDArray[Any] | float) -> Floats:
    """Return logarithms [2, ...] of absence and presence, from logits [...] of presence."""
    values = np.asarray(logits, np.float64)
    pair: Floats = log_expit(np.stack([-values, values]))
    return pair


def filled_alike(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Pad two arrays of equal rank with zeros to the larger length of each dimension."""
    if first.shape == second.shape:
        return first, second
    shape = tuple(map(max, zip(first.shape, second.shape, strict=True)))

    def filled(array: NDArray[Any]) -> NDArray[Any]:
        added = zip(array.shape, shape, strict=True)
        return np.pad(array, [(0, target - length) for length, target in added])

    return filled(first), filled(second)


def normalized_squared_error(reference: NDArray[Any], values: NDArray[Any]) -> float:
    """Return the sum of (reference - values)^2 over the sum of reference^2.

    Where the reference is zero throughout, the mean of the squared error. Where one has more
    values, as after non-maximum suppression inside a model, the other is padded with zeros.
    """
    reference, values = filled_alike(reference, values)
    expected = reference.astype(np.float64)
    # Not `vdot`: the threads of BLAS would wait for the cores that inferences keep busy.
    energy = float(np.square(expected).sum())
    return float(np.square(expected - values).sum()) / (energy or max(1, expected.size))


def sampled(values: NDArray[Any], most: int) -> NDArray[Any]:
    """Return at most about `most` values of an array, flat, evenly spaced; a copy."""
    step = max(1, -(-values.size // most))
    # An even step would take the same columns of most images; an odd step covers all.
    return values.reshape(-1)[:: step if step == 1 else step | 1].copy()


def spaced_grid(shape: tuple[int, int], side: int) -> tuple[slice, slice]:
    """Return slices over height and width that leave about `side` evenly spaced points of each."""
    steps = [max(1, length // side) for length in shape]
    return slice(steps[0] // 2, None, steps[0]), slice(steps[1] // 2, None, steps[1])


def frozen(signature: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Copy the arrays of a signature, since the next inference overwrites the outputs."""
    return {key: np.array(value) for key, value in signature.items()}
