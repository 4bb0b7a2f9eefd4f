"""Drops in accuracy with less variance: what the FP32 probabilities expect of each flip."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from calibrate.contracts.verdict import Interval

PREDICTION_POWERED = "prediction-powered"

FACE_VALUE = 1.0
"""The slope when FP32's probabilities are right: a flip costs what they say."""

DOUBT = 0.5
"""How far from the prior slope a slope is expected to be (one standard deviation)."""

_PARTS = 5


def expected_drops(fp32: NDArray[np.floating], int8: NDArray[np.floating]) -> NDArray[np.float64]:
    """The drop of each image that the FP32 probabilities expect; no label is needed.

    Args:
        fp32: [N, C] probabilities of FP32.
        int8: [N, C] of INT8 on the same images.

    Returns:
        [N] FP32's probability for its own answer less that for the INT8 model's answer: 0 where
        they agree, small where FP32 hardly preferred its own, at most 1.
    """
    images = np.arange(len(fp32))
    own, other = fp32.argmax(axis=1), int8.argmax(axis=1)
    return np.asarray(fp32[images, own] - fp32[images, other], dtype=np.float64)


def fit_slope(
    drops: NDArray[np.float64], expected: NDArray[np.float64], prior: float = FACE_VALUE
) -> float:
    """Labelled drop for each unit of expected drop: more than 1 where flips cost more than said.

    A ridge regression through the origin, held near `prior`: with few flips the slope stays
    where it was believed to be (`DOUBT` away, about), with many it is what the labels say.

    Args:
        drops: [N] labelled, FP32 minus INT8: -1, 0 or 1.
        expected: [N] of the same images.
        prior: the slope believed before, for instance the pooled one of other candidates.
    """
    # With no drop at all the spread would be 0 and the prior worthless: one flip is assumed.
    spread = max(float(drops.var()), 1 / len(drops))
    weight = spread / DOUBT**2
    return (float(drops @ expected) + weight * prior) / (float(expected @ expected) + weight)


def calibrated_drop(expected: NDArray[np.float64], slope: float) -> float:
    """The mean drop that the calibrated expectation predicts: for choosing, not for judging.

    Near a budget its error is about half of that of counting flips, so it orders candidates
    better. It rests on an assumption: where FP32 hardly prefers one answer, labels do not
    either, and beyond that a flip costs `slope` times what FP32 says. Where that fails it is
    biased, by a point on a real model (docs/verdict.md), so it has no interval.

    Args:
        expected: [N] expected drops, labelled or not.
        slope: fitted on labelled images, of this candidate or of several.
    """
    return slope * float(expected.mean())


def prediction_powered(
    drops: NDArray[np.float64],
    expected: NDArray[np.float64],
    extra: NDArray[np.float64],
    *,
    confidence: float,
) -> Interval:
    """The mean drop, from labelled images and from further ones without labels.

    mean(drop - k * expected) over the labelled images + k * mean(expected) over the others.
    Unbiased whatever the probabilities are worth, since k is cross-fitted (the part of the
    images to which it is applied had no say in it). The others must come from the same source
    and must not have been used to choose or to calibrate this model: on those the model looks
    better than it is. Without others there is nothing to gain.

    Source: A. Angelopoulos, S. Bates, C. Fannjiang, M. Jordan and T. Zrnic, Prediction-powered
    inference, Science 382 (2023) 669-674; PPI++, arXiv:2311.01453, for the choice of k.

    Args:
        drops: [N] labelled drops, FP32 minus INT8, N at least 10.
        expected: [N] expected drops of the same images.
        extra: [M] expected drops of images without labels, M at least two.
        confidence: nominal coverage, 0-1.

    Returns:
        The interval; `images` counts the labelled ones.
    """
    count = len(drops)
    share = len(extra) / (count + len(extra))
    part = np.arange(count) % _PARTS
    residuals = np.empty(count)
    factors = np.empty(_PARTS)
    for number in range(_PARTS):
        inside = part == number
        factors[number] = share * fit_slope(drops[~inside], expected[~inside])
        residuals[inside] = drops[inside] - factors[number] * expected[inside]
    # Each part weighs as many images as it has, in the correction too.
    factor = float(np.average(factors, weights=np.bincount(part, minlength=_PARTS)))
    estimate = float(residuals.mean() + factor * extra.mean())
    # One image more, flipped for certain, as for any mean of which few images change.
    squares = float(np.sum((residuals - residuals.mean()) ** 2)) + 1.0
    variance = squares / (count * (count - 1)) + factor**2 * float(extra.var(ddof=1)) / len(extra)
    half = float(stdtrit(count - 1, 0.5 + confidence / 2)) * math.sqrt(variance)
    return Interval(
        estimate,
        max(estimate - half, -1.0),
        min(estimate + half, 1.0),
        confidence,
        PREDICTION_POWERED,
        count,
    )
