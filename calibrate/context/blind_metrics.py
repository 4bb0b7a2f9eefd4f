"""Metrics that compare with FP32 and do not distinguish the answers of different samples."""

from collections.abc import Mapping, Sequence

import numpy as np

from calibrate.config.resolved import JudgedMetric
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.stats.verdict import absolute_budget

_MOST = 32
"""Samples whose answers are exchanged."""


def blind_metrics(
    metrics: Sequence[JudgedMetric],
    predictions: Mapping[int, Prediction],
    facts: Sequence[Facts],
) -> tuple[str, ...]:
    """Return a sentence for each metric whose budget allows the answers of other samples.

    A model that ignored its input would be accepted by it: coordinates near a large offset drown
    the scores beside them, or outputs point into one direction for any sample.

    Args:
        metrics: metrics with their budgets; those that need annotations are passed over.
        predictions: predictions of the floating-point model, by sample.
        facts: facts of all samples.
    """
    indices = sorted(predictions)[:_MOST]
    if len(indices) < 2:
        return ()
    exchanged = dict(zip(indices, (*indices[1:], indices[0]), strict=True))
    sentences = []
    for judged in metrics:
        if judged.metric.reference != "fp32":
            continue
        try:
            fp32, other = (
                _value(judged, [(predictions[j], predictions[i], facts[i]) for i, j in pairs])
                for pairs in (zip(indices, indices, strict=True), exchanged.items())
            )
            budget = absolute_budget(fp32, judged.max_drop, judged.drop_type)
        except CalibrateError:
            continue  # answers of other shapes, which the metric does distinguish
        drop = fp32 - other if judged.metric.higher_is_better else other - fp32
        if np.isfinite(drop) and drop <= budget:
            sentences.append(
                f"{judged.metric.label} cannot detect a loss here: with answers of other samples "
                f"it drops by {drop:.3g}, and the budget is {budget:.3g}. Judge by another metric "
                "or decoder, or allow less."
            )
    return tuple(sentences)


def _value(judged: JudgedMetric, answers: Sequence[tuple[Prediction, Prediction, Facts]]) -> float:
    evidence = [judged.metric.score(*answer) for answer in answers]
    return float(judged.metric.aggregate(evidence, np.ones((1, len(evidence)), np.int64))[0])
