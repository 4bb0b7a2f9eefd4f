"""Judge several samples in one call, where decoder and metrics support that."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import (
    Decoder,
    Evidence,
    Metric,
    Outputs,
    Target,
    decodes_together,
    scores_answers,
    scores_together,
)
from calibrate.core.observation import Observation
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.evaluation.component_errors import naming_sample


@dataclass(frozen=True, slots=True)
class Expected:
    """The references that the outputs of N samples are compared with, in the samples' order.

    Attributes:
        signatures: signatures of FP32's outputs.
        facts: facts with the annotation, if there is one.
        predictions: FP32's; None where no metric needs them.
    """

    signatures: Sequence[Outputs]
    facts: Sequence[Facts]
    predictions: Sequence[Prediction | None]


def judge_together(
    decoder: Decoder,
    metrics: Sequence[Metric],
    indices: Sequence[int],
    expected: Expected,
    outputs: Outputs,
) -> Observation | None:
    """Return the observation of N samples, equal to that of judging each by itself.

    Args:
        decoder: decoder of the config.
        metrics: metrics of the config.
        indices: indices of the samples, [N].
        expected: references of these samples.
        outputs: [N, ...] each.

    Returns:
        None where the decoder takes one sample at a time, or a sample needs a message or the
        treatment of outputs that are not finite: then all have to be judged one by one.
    """
    divergences = divergences_together(decoder, expected.signatures, outputs)
    if divergences is None or not decodes_together(decoder):
        return None
    predictions = decoder.predict_together(outputs)
    if predictions is None:
        return None
    evidence, choices = [], []
    for metric in metrics:
        targets = _targets(metric, expected)
        if targets is None:
            return None
        evidence.append(_evidence(metric, predictions, targets, expected.facts))
        choices.append(_choices(metric, predictions))
    answers = [prediction.answer() for prediction in predictions]
    return Observation(
        evidence=dict(zip(indices, zip(*evidence, strict=True), strict=True)),
        divergence=dict(zip(indices, divergences.tolist(), strict=True)),
        answers={i: answer for i, answer in zip(indices, answers, strict=True) if answer},
        choices=dict(zip(indices, zip(*choices, strict=True), strict=True)),
    )


def divergences_together(
    decoder: Decoder, signatures: Sequence[Outputs], outputs: Outputs
) -> NDArray[np.float64] | None:
    """Return the divergence of each of N samples; None where they have to be judged one by one.

    Args:
        decoder: decoder of the config.
        signatures: signatures of FP32's outputs, [N].
        outputs: [N, ...] each.
    """
    if not decodes_together(decoder):
        return None
    divergences = decoder.divergences(signatures, outputs)
    if divergences is None or not np.isfinite(divergences).all():
        return None
    return divergences


def _targets(metric: Metric, expected: Expected) -> Sequence[Target] | None:
    targets: Sequence[Target | None] = (
        expected.predictions
        if metric.reference == "fp32"
        else [facts.annotation for facts in expected.facts]
    )
    present = [target for target in targets if target is not None]
    return present if len(present) == len(targets) else None


def _evidence(
    metric: Metric,
    predictions: Sequence[Prediction],
    targets: Sequence[Target],
    facts: Sequence[Facts],
) -> Sequence[Evidence]:
    if scores_together(metric):
        rows = metric.score_together(predictions, targets)
        if rows is not None:
            return list(rows)
    evidence = []
    for prediction, target, sample in zip(predictions, targets, facts, strict=True):
        with naming_sample(sample):
            evidence.append(metric.score(prediction, target, sample))
    return evidence


def _choices(metric: Metric, predictions: Sequence[Prediction]) -> Sequence[NDArray[np.int64]]:
    if scores_together(metric):
        return list(metric.answer_together(predictions))
    if not scores_answers(metric):
        return [np.empty(0, np.int64)] * len(predictions)
    return [metric.answer(prediction) for prediction in predictions]
