"""Metric `balanced_accuracy`: the mean of the classes' accuracies."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.contingency import ContingencyMetric
from calibrate.metrics._lib.means import divided, mean_of_present


class BalancedAccuracy(ContingencyMetric):
    """Mean over the true classes of the share of their samples that are answered correctly.

    Each class has the same weight, independent of its number of samples. Equal to scikit-learn's
    `balanced_accuracy_score`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: balanced_accuracy
    """

    name: ClassVar[str] = "balanced_accuracy"

    def table_values(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """The balanced accuracy of each set; nan for a set without samples."""
        totals = table.sum(axis=2)
        hits = np.diagonal(table, axis1=1, axis2=2)
        return mean_of_present(divided(hits, totals), totals > 0)
