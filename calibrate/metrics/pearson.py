"""Metric `pearson`: the linear correlation of predicted and true numbers."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.correlation import CorrelationMetric, Floats, pearson


class Pearson(CorrelationMetric):
    """Pearson's correlation of predicted and true numbers, mean over a sample's numbers.

    Equal to scipy's `pearsonr`. A set in which one of the two does not vary has none.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: pearson
    """

    name: ClassVar[str] = "pearson"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def component_values(
        self, predicted: Floats, actual: Floats, counts: NDArray[np.int64]
    ) -> Floats:
        """The correlation of each set; nan where there is none."""
        return pearson(predicted, actual, counts)
