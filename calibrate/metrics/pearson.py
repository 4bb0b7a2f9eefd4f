"""Metric `pearson`: the linear correlation of predicted and true numbers."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.correlation import (
    mean_over_components,
    pearson,
    predicted_and_true,
    stacked_pairs,
)
from calibrate.metrics.base import PooledMetric


class Pearson(PooledMetric):
    """Pearson's correlation of predicted and true numbers, mean over a sample's numbers.

    Equal to scipy's `pearsonr`. A set in which one of the two does not vary has none.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: pearson
    """

    name: ClassVar[str] = "pearson"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
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
        """The correlation of each set; nan where there is none."""
        predicted, actual = stacked_pairs(evidence)
        return mean_over_components(
            [pearson(predicted[:, k], actual[:, k], counts) for k in range(actual.shape[1])]
        )
