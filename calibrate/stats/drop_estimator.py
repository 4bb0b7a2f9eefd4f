"""Estimate drops with less noise than counting: weight changes of answer by their probability."""

from dataclasses import dataclass
from math import inf, isinf, sqrt

import numpy as np

from calibrate.stats.answer_model import (
    Classes,
    Floats,
    answer_probabilities,
    flags,
    label_probabilities,
)

Estimate = tuple[float, float]
"""A drop and its standard error, in the metric's unit."""

MODEL_ERROR = 0.5
"""Relative error of a modelled drop; beyond it labels have more weight."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers of two models and the true classes, sample by sample.

    Attributes:
        logarithms: [N, C] of FP32's probabilities.
        fp32: [N, K] the K classes that FP32 answers.
        int8: [N, K] those that the quantized model answers, best first.
        labels: [N] the true class.
    """

    logarithms: Floats
    fp32: Classes
    int8: Classes
    labels: Classes


def answer_drop(answers: Answers) -> Estimate:
    """Estimate the drop in (top-k) accuracy, with about half the noise of counting near a budget.

    Which samples change their answer is largely random: any of those near a tie might. So the
    quantized model's answers are modelled as random, with the probabilities that
    `answer_probabilities` fits to the answers it gave, and the drop is that of an average draw:

        smoothed = mean([label is among FP32's answers] - P(label is among INT8's answers))

    It uses the labels of all samples near a tie, whether they changed or not. It assumes
    that, given FP32's probabilities, changes do not depend on the label. Modelling the label as
    random too, with the probabilities that `label_probabilities` fits, gives the `modelled`
    drop, with still less noise. Both are combined, and then with the count, by `shrunk` and
    `combined`: the modelled drop may be wrong by half of itself (`MODEL_ERROR`), so a small
    expected drop rests on the model, and a large one on the labels and the count. Everything is
    fitted on the samples given, so these may be acceptance samples. docs/verdict.md has bias and
    error on nineteen networks, ten of them held out of the choice of this estimator.

    Taking the expectation over the random part of an estimator: D. Blackwell, Conditional
    expectation and unbiased sequential estimation, Annals of Mathematical Statistics 18 (1947)
    105-110.

    Returns:
        The estimate and its standard error; if no answer changed, 0 with an error of one sample.
    """
    count, classes = answers.logarithms.shape
    before, after = flags(answers.fp32, classes), flags(answers.int8, classes)
    if (before == after).all():
        return 0.0, 1 / count
    rows = np.arange(count)
    likely = answer_probabilities(answers.logarithms, answers.fp32, answers.int8)
    true = label_probabilities(answers.logarithms, answers.labels)
    lost = before - likely
    drop, error = shrunk(lost[rows, answers.labels], (lost * true).sum(axis=1))
    changes = before[rows, answers.labels].astype(np.float64) - after[rows, answers.labels]
    # One flip more than was observed, as for any mean with few changes.
    counted = float(changes.mean()), sqrt((float(changes.var()) + 1 / count) / count)
    return combined(counted, (drop, sqrt(error**2 + (MODEL_ERROR * drop) ** 2)))


def shrunk(labelled: Floats, modelled: Floats) -> Estimate:
    """Return the mean of a score, shrunk towards that of another with less noise.

    Args:
        labelled: [N] of each sample, unbiased.
        modelled: [N] of the same samples; its mean may be wrong by `MODEL_ERROR` of itself.
    """
    expected, count = float(modelled.mean()), len(modelled)
    if count == 1:
        return expected, inf
    difference = labelled - modelled
    noise = float(difference.var(ddof=1)) / count
    model_variance = (MODEL_ERROR * expected) ** 2
    total = model_variance + noise
    weight = model_variance / total if total > 0 else 0.0
    error = sqrt(weight * noise + float(modelled.var(ddof=1)) / count)
    return expected + weight * float(difference.mean()), error


def combined(counted: Estimate, expected: Estimate) -> Estimate:
    """Combine a counted and an expected drop, each weighted by its precision.

    Returns:
        The estimate, and the remaining standard error of the count.
    """
    variance, prior = counted[1] ** 2, expected[1] ** 2
    if prior + variance == 0 or isinf(prior):
        return counted
    weight = 0.0 if isinf(variance) else prior / (prior + variance)
    drop = expected[0] if weight == 0 else weight * counted[0] + (1 - weight) * expected[0]
    return drop, sqrt(weight * variance) if weight else 0.0
