"""Drops of a certified model: lower bounds, and drops from recorded values."""

from collections.abc import Sequence

from calibrate.config.resolved import Resolved
from calibrate.context.deduplicate import distinct_drop
from calibrate.context.observe_models import ModelResult
from calibrate.core.tensors import Tensors
from calibrate.core.verdict import Interval
from calibrate.report.commands.verify import UNPAIRED


def lower_bounds(
    resolved: Resolved,
    tensors: Tensors,
    models: tuple[ModelResult, ModelResult],
    indices: Sequence[int],
) -> tuple[float, ...]:
    """Return the lower bound of each counted drop, at the one-sided `budget.refusal_confidence`."""
    fp32, certified = models
    config = resolved.config
    return tuple(
        distinct_drop(
            judged.metric,
            fp32.observation.of(position, indices),
            certified.observation.of(position, indices),
            [tensors.digests[index] for index in indices],
            # The lower end of a two-sided interval is a one-sided bound of half the error.
            confidence=2 * config.budget.refusal_confidence - 1,
            seed=config.dataset.subsample_seed,
        ).low
        for position, judged in enumerate(resolved.metrics)
    )


def unpaired_drops(
    resolved: Resolved, fp32: Sequence[float], certified_result: ModelResult, images: int
) -> tuple[Interval, ...]:
    """Return drops against recorded values of the FP32 model, without an interval.

    Args:
        resolved: config, for the metrics.
        fp32: the recorded values, one for each metric.
        certified_result: the certified model, measured here.
        images: number of images.
    """
    drops = []
    for judged, before, value in zip(resolved.metrics, fp32, certified_result.value, strict=True):
        drop = before - value if judged.metric.higher_is_better else value - before
        infinite = float("inf")
        drops.append(Interval(drop, -infinite, infinite, 0.0, UNPAIRED, images))
    return tuple(drops)
