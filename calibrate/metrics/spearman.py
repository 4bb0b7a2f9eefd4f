"""Metric `spearman`: the correlation of the ranks of predicted and true numbers."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.correlation import CorrelationMetric, Floats, pearson, ranks


class Spearman(CorrelationMetric):
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

    def component_values(
        self, predicted: Floats, actual: Floats, counts: NDArray[np.int64]
    ) -> Floats:
        """The correlation of the ranks in each set; nan where there is none."""
        return pearson(ranks(predicted, counts), ranks(actual, counts), counts)
