"""Intervals of drops: FP32 minus INT8 in the metric's good direction, paired by image."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from calibrate.core.component import Evidence, Metric
from calibrate.core.verdict import Interval
from calibrate.errors import CalibrateError
from calibrate.stats.bootstrap import bootstrap_half_width
from calibrate.stats.small_samples import half_width, unseen_share
from calibrate.stats.tango import flip_interval

SCORE = "Tango score"
PAIRED_T = "paired t, widened"
UNCHANGED = "no image changed"
BOOTSTRAP = "paired bootstrap t"

_TWO = 2
"""Fewest images that give a standard deviation."""


def paired_drop(
    metric: Metric,
    fp32: Sequence[Evidence],
    int8: Sequence[Evidence],
    *,
    confidence: float,
    seed: int,
) -> Interval:
    """Return the drop of a metric with its interval, by the method that fits the metric.

    Scores of 0 and 1: Tango's score interval. Other means over images: Student's t on the
    paired differences with a widened spread. Anything else (mAP, mean IoU): Student's t on a
    bootstrap with the same images for both models. Ends of means lie within their bounds.
    The interval is two-sided: its upper end alone is exceeded with half the error.

    Args:
        metric: metric whose drop it is.
        fp32: evidence of the FP32 model, one entry per image.
        int8: evidence of the INT8 model on the same images in the same order.
        confidence: nominal coverage, 0-1.
        seed: seed of the bootstrap; means do not use it.

    Raises:
        CalibrateError: there is no image, or the metric has no value on these images.
    """
    if not fp32:
        raise CalibrateError(
            f"{metric.label} has no images to be judged on", hint="add acceptance samples"
        )
    if len(fp32) != len(int8):
        raise CalibrateError(
            f"{metric.label} has {len(fp32)} images for FP32 and {len(int8)} for INT8",
            hint="a drop is paired: evaluate both models on the same images",
        )
    if metric.is_mean:
        return mean_drop(metric, scores(metric, fp32), scores(metric, int8), confidence=confidence)
    return _resampled(metric, fp32, int8, confidence=confidence, seed=seed)


def standard_error(interval: Interval) -> float:
    """Return the standard error of an interval's width, by Student's t; inf if unbounded."""
    if interval.images < _TWO or not np.isfinite(interval.high - interval.low):
        return float("inf")
    reach = float(stdtrit(interval.images - 1, 0.5 + interval.confidence / 2))
    return (interval.high - interval.low) / 2 / reach


def scores(metric: Metric, evidence: Sequence[Evidence]) -> NDArray[np.float64]:
    """Return the scores of a metric that is a mean over images: [N] float64.

    Raises:
        CalibrateError: a score is not a finite number.
    """
    values = np.array([np.asarray(entry, dtype=np.float64).reshape(-1)[0] for entry in evidence])
    broken = np.flatnonzero(~np.isfinite(values))
    if len(broken):
        raise CalibrateError(
            f"{metric.label} is not a finite number on {len(broken)} of {len(values)} images",
            where=f"image {broken[0]} of the set",
            hint="look at the model's output for it, or at the metric's parameters",
        )
    return values


def mean_drop(
    metric: Metric,
    fp32: NDArray[np.float64],
    int8: NDArray[np.float64],
    *,
    confidence: float,
) -> Interval:
    """Return the drop of a mean over images, from the scores of both models: [N] each, finite."""
    images = len(fp32)
    changes = (fp32 - int8) if metric.higher_is_better else (int8 - fp32)
    estimate = float(changes.mean())
    least, greatest = metric.bounds
    if (least, greatest) == (0, 1) and all(np.isin(side, (0, 1)).all() for side in (fp32, int8)):
        lost, gained = int((changes > 0).sum()), int((changes < 0).sum())
        low, high = flip_interval(lost, gained, images, confidence=confidence)
        return Interval(estimate, low, high, confidence, SCORE, images)
    span = float(greatest - least)
    if not np.any(changes):
        # Without bounds, a change is assumed to be at most the range of FP32's scores.
        reach = span if np.isfinite(span) else float(np.ptp(fp32))
        half = unseen_share(images, confidence=confidence) * (reach or float("inf"))
        method = UNCHANGED
    else:
        half = half_width(changes, confidence=confidence) if images > 1 else float("inf")
        method = PAIRED_T
    low, high = max(estimate - half, -span), min(estimate + half, span)
    return Interval(estimate, low, high, confidence, method, images)


def _resampled(
    metric: Metric,
    fp32: Sequence[Evidence],
    int8: Sequence[Evidence],
    *,
    confidence: float,
    seed: int,
) -> Interval:
    sign = 1.0 if metric.higher_is_better else -1.0
    images = len(fp32)

    def reference(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return metric.aggregate(fp32, counts)

    def drops(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return sign * (reference(counts) - metric.aggregate(int8, counts))

    estimate = float(drops(np.ones((1, images), dtype=np.int64))[0])
    if not np.isfinite(estimate):
        raise CalibrateError(
            f"{metric.label} has no value on these {images} images",
            hint="it needs at least one object (or one image of each class): use more images",
        )
    half = (
        bootstrap_half_width(drops, reference, images, confidence=confidence, seed=seed)
        if images > 1
        else float("inf")
    )
    return Interval(estimate, estimate - half, estimate + half, confidence, BOOTSTRAP, images)
