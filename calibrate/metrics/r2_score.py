"""Metric `r2_score`: the share of the variance of true numbers that is predicted."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.correlation import (
    mean_over_components,
    predicted_and_true,
    stacked_pairs,
)
from calibrate.metrics._lib.means import divided
from calibrate.metrics.base import PooledMetric


class R2Score(PooledMetric):
    """Coefficient of determination of predicted numbers, mean over the numbers of a sample.

    1 - (sum of squared errors) / (sum of squared distances of the true numbers from their mean).
    Equal to scikit-learn's `r2_score`. A set in which the truth does not vary has none.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: r2_score
    """

    name: ClassVar[str] = "r2_score"
    bounds: ClassVar[tuple[float, float]] = (float("-inf"), 1.0)
    unit: ClassVar[Unit] = ""

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Predicted and true numbers.

        Raises:
            CalibrateError: other kinds, NaN, or different shapes.
        """
        return predicted_and_true(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The coefficient of each set; nan where there is none."""
        predicted, actual = stacked_pairs(evidence)
        total = counts.sum(axis=1, keepdims=True).astype(np.float64)
        columns = []
        for k in range(actual.shape[1]):
            mean = divided((counts * actual[:, k]).sum(axis=1, keepdims=True), total)
            spread = (counts * (actual[:, k] - mean) ** 2).sum(axis=1)
            errors = counts @ (actual[:, k] - predicted[:, k]) ** 2
            columns.append(1.0 - divided(errors, spread))
        return mean_over_components(columns)
