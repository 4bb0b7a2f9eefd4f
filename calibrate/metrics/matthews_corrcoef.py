"""Metric `matthews_corrcoef`: the correlation of answered and true classes."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.contingency import ContingencyMetric
from calibrate.metrics._lib.means import divided


class MatthewsCorrelation(ContingencyMetric):
    """Matthews correlation coefficient (MCC) of answered and true classes, two or more.

    (c s - sum of t p) / sqrt((s^2 - sum of p^2)(s^2 - sum of t^2)) with c right of s samples, t
    true and p answered of each class; 0 where all answers or all labels are one class, as in
    scikit-learn's `matthews_corrcoef`. Source: Gorodkin, Comparing two K-category assignments by
    a K-category correlation coefficient, 2004.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: matthews_corrcoef
    """

    name: ClassVar[str] = "matthews_corrcoef"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def table_values(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """The coefficient of each set; nan for a set without samples."""
        true, answered = table.sum(axis=2), table.sum(axis=1)
        samples = true.sum(axis=1)
        right = np.trace(table, axis1=1, axis2=2)
        covariance = right * samples - (true * answered).sum(axis=1)
        spread = np.sqrt(
            (samples**2 - (true**2).sum(axis=1)) * (samples**2 - (answered**2).sum(axis=1))
        )
        value = np.where(spread == 0, 0.0, divided(covariance, spread))
        return np.where(samples == 0, np.nan, value)
