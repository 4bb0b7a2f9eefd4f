"""Drops of sets with duplicate images: a copy does not narrow the interval."""

from collections.abc import Sequence
from dataclasses import replace

from calibrate.core.component import Evidence, Metric
from calibrate.core.verdict import Interval
from calibrate.stats.intervals import paired_drop


def distinct_drop(
    metric: Metric,
    fp32: Sequence[Evidence],
    int8: Sequence[Evidence],
    digests: Sequence[str],
    *,
    confidence: float,
    seed: int,
) -> Interval:
    """Return the paired drop over all images, with the interval width of the distinct ones.

    A set in which every image occurs twice has the estimate and the interval of the set without
    copies. Copies count in the estimate, and the interval moves with it.

    Args:
        metric: metric whose drop it is.
        fp32: evidence of the FP32 model, one entry per image.
        int8: evidence of the INT8 model on the same images in the same order.
        digests: digests of each image's content, in the same order.
        confidence: nominal coverage, 0-1.
        seed: seed of the bootstrap.

    Returns:
        `images` counts the distinct ones.
    """
    first = {digest: place for place, digest in reversed(list(enumerate(digests)))}
    places = sorted(first.values())
    distinct = paired_drop(
        metric,
        [fp32[place] for place in places],
        [int8[place] for place in places],
        confidence=confidence,
        seed=seed,
    )
    if len(places) == len(digests):
        return distinct
    everything = paired_drop(metric, fp32, int8, confidence=confidence, seed=seed)
    shift = everything.estimate - distinct.estimate
    return replace(
        distinct,
        estimate=everything.estimate,
        low=distinct.low + shift,
        high=distinct.high + shift,
    )
