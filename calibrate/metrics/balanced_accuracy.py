"""Metric `balanced_accuracy`: the mean of the classes' accuracies."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.contingency import answered_and_true, contingency
from calibrate.metrics._lib.means import divided, mean_of_present
from calibrate.metrics.base import PooledMetric


class BalancedAccuracy(PooledMetric):
    """Mean over the true classes of the share of their samples that are answered rightly.

    Each class counts the same, however many samples it has. Equal to scikit-learn's
    `balanced_accuracy_score`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: balanced_accuracy
    """

    name: ClassVar[str] = "balanced_accuracy"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The answered and the true class.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        return answered_and_true(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The balanced accuracy of each set; nan for a set without samples."""
        table = contingency(evidence, counts)
        totals = table.sum(axis=2)
        hits = np.diagonal(table, axis1=1, axis2=2)
        return mean_of_present(divided(hits, totals), totals > 0)
