"""Metric `r2_score`: the share of the variance of true numbers that is predicted."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.correlation import CorrelationMetric, Floats
from calibrate.metrics._lib.means import divided


class R2Score(CorrelationMetric):
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

    def component_values(
        self, predicted: Floats, actual: Floats, counts: NDArray[np.int64]
    ) -> Floats:
        """The coefficient of each set; nan where there is none."""
        total = counts.sum(axis=1, keepdims=True).astype(np.float64)
        mean = divided((counts * actual).sum(axis=1, keepdims=True), total)
        spread = (counts * (actual - mean) ** 2).sum(axis=1)
        return 1.0 - divided(counts @ (actual - predicted) ** 2, spread)
