"""Correlation of predicted and true numbers, for resampled sets."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import ValueTarget
from calibrate.core.component import Evidence, Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.type_checks import check_finite, check_shapes, unfit
from calibrate.metrics.base import PooledMetric

Floats = NDArray[np.float64]


class CorrelationMetric(PooledMetric):
    """A metric of predicted and true numbers over samples, mean over a sample's numbers."""

    unit: ClassVar[Unit] = ""

    @abstractmethod
    def component_values(
        self, predicted: Floats, actual: Floats, counts: NDArray[np.int64]
    ) -> Floats:
        """Return the values [B] for one number of each sample.

        Args:
            predicted: [N].
            actual: [N].
            counts: [B, N] how often each set draws a sample.
        """

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return predicted and true numbers.

        Raises:
            CalibrateError: other kinds, NaN, or different shapes.
        """
        return predicted_and_true(self.label, prediction, target, facts)

    def aggregate(self, evidence: Sequence[Evidence], counts: NDArray[np.int64]) -> Floats:
        """Return the mean over the numbers in each set; nan where one has no value."""
        predicted, actual = stacked_pairs(evidence)
        columns = [
            self.component_values(predicted[:, k], actual[:, k], counts)
            for k in range(actual.shape[1])
        ]
        return np.asarray(np.mean(np.stack(columns), axis=0), np.float64)


def predicted_and_true(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> Evidence:
    """`predicted` and `actual` [K] float64 of one sample.

    Raises:
        CalibrateError: other kinds, NaN, or different shapes.
    """
    if not (isinstance(prediction, Values) and isinstance(target, ValueTarget)):
        raise unfit(metric, prediction, target, facts, reads=[(Values, ValueTarget)])
    check_finite(metric, prediction.values, facts)
    check_shapes(metric, prediction.values.shape, target.values.shape, facts)
    return {
        "predicted": prediction.values.astype(np.float64),
        "actual": target.values.astype(np.float64),
    }


def stacked_pairs(evidence: Sequence[Evidence]) -> tuple[Floats, Floats]:
    """Predicted and true numbers [N, K] of all samples."""
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    predicted, actual = (
        np.stack([piece[key] for piece in pieces]) for key in ("predicted", "actual")
    )
    return predicted, actual


def pearson(first: Floats, second: Floats, counts: NDArray[np.int64]) -> Floats:
    """Pearson's correlation of numbers [N] in sets that `counts` [B, N] draws, or of [B, N].

    nan where one of the two does not vary.
    """
    weights = counts.astype(np.float64)
    total = weights.sum(axis=1, keepdims=True)
    mean_a = divided((weights * first).sum(axis=1, keepdims=True), total)
    mean_b = divided((weights * second).sum(axis=1, keepdims=True), total)
    a, b = first - mean_a, second - mean_b
    covariance = (weights * a * b).sum(axis=1)
    spread = np.sqrt((weights * a * a).sum(axis=1) * (weights * b * b).sum(axis=1))
    return np.clip(divided(covariance, spread), -1.0, 1.0)


def ranks(values: Floats, counts: NDArray[np.int64]) -> Floats:
    """[B, N] ranks of numbers [N] in sets that `counts` [B, N] draws; equal ones share theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=np.nan) != 0)
    drawn = counts[:, order].astype(np.float64)
    ties = np.add.reduceat(drawn, starts, axis=1)
    before = np.cumsum(ties, axis=1) - ties
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))
    result = np.empty_like(drawn)
    result[:, order] = (before + (ties + 1) / 2)[:, group]
    return result
