"""Metric `spearman`: the correlation of the ranks of predicted and true numbers."""

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
    ranks,
    stacked_pairs,
)
from calibrate.metrics.base import PooledMetric


class Spearman(PooledMetric):
    """Spearman's rank correlation of predicted and true numbers, mean over a sample's numbers.

    Pearson's correlation of the ranks, equal numbers sharing theirs. Equal to scipy's
    `spearmanr`. A set in which one of the two does not vary has none.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: spearman
    """

    name: ClassVar[str] = "spearman"
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
        columns = [
            pearson(ranks(predicted[:, k], counts), ranks(actual[:, k], counts), counts)
            for k in range(actual.shape[1])
        ]
        return mean_over_components(columns)
