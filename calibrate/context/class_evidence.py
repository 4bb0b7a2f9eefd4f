"""FP32's class probabilities and the true classes, for tasks that have both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import ClassLabel
from calibrate.core.observation import Observation
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.evaluation.reference import Reference
from calibrate.stats.drop_estimator import Answers

_LEAST = 1e-12
"""Lower bound of probabilities."""

_MOST = 20_000_000
"""Largest number of probabilities to keep, 160 MB; with so many samples counting is precise."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassEvidence:
    """Data from which a drop in accuracy is estimated with less noise than by counting.

    Attributes:
        rows: row of each sample, by its index.
        logarithms: [N, C] of FP32's probabilities.
        labels: [N] the true classes.
    """

    rows: Mapping[int, int]
    logarithms: NDArray[np.float64]
    labels: NDArray[np.int64]

    def answers(
        self, fp32: Observation, other: Observation, position: int, indices: Sequence[int]
    ) -> Answers:
        """Return the answers of FP32 and another model for one metric, on some samples.

        Args:
            fp32: FP32's observation.
            other: the quantized model's.
            position: of the metric.
            indices: of the samples.
        """
        rows = [self.rows[index] for index in indices]
        return Answers(
            self.logarithms[rows],
            np.array([fp32.choices[index][position] for index in indices], np.int64),
            np.array([other.choices[index][position] for index in indices], np.int64),
            self.labels[rows],
        )


def class_evidence(reference: Reference, indices: Sequence[int]) -> ClassEvidence | None:
    """Return the evidence of some samples; None without class probabilities or labels.

    Args:
        reference: FP32's predictions, and the samples' annotations.
        indices: indices of the samples.
    """
    predictions = reference.predictions
    if not indices or any(index not in predictions for index in indices):
        return None
    first = predictions[indices[0]]
    if not isinstance(first, ClassScores) or len(indices) * first.scores.size > _MOST:
        return None
    logarithms = np.empty((len(indices), first.scores.size))
    labels = np.empty(len(indices), np.int64)
    for row, index in enumerate(indices):
        prediction, annotation = predictions[index], reference.tensors.facts[index].annotation
        if not (isinstance(prediction, ClassScores) and isinstance(annotation, ClassLabel)):
            return None
        logarithms[row] = np.log(np.maximum(np.asarray(prediction.scores, np.float64), _LEAST))
        labels[row] = annotation.label
    return ClassEvidence({index: row for row, index in enumerate(indices)}, logarithms, labels)
