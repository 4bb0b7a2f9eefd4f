"""Metric `pairwise_roc_auc`: area under the ROC curve of verification."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.verification import pair_evidence, pairs_of
from calibrate.metrics.base import PooledMetric


class PairwiseRocAuc(PooledMetric):
    """Area under the ROC curve of verification by cosine.

    Over the pairs of a list, or all pairs of labelled samples: the probability that a pair of one
    identity is more similar than a pair of two; equal cosines count half.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: pairwise_roc_auc
    """

    name: ClassVar[str] = "pairwise_roc_auc"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The vector with the class or the pairs of the list.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return pair_evidence(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The area of each set; nan where it has no pair of one identity, or none of two."""
        pairs = pairs_of(evidence)
        return np.array([_area(*pairs.accepted(drawn)) for drawn in counts], np.float64)


def _area(right: NDArray[np.int64], wrong: NDArray[np.int64]) -> float:
    """The area by trapezoids, from what each threshold accepts."""
    if not len(right) or not right[-1] or not wrong[-1]:
        return np.nan
    true_rate, false_rate = np.append(0, right) / right[-1], np.append(0, wrong) / wrong[-1]
    return float(np.trapezoid(true_rate, false_rate))
