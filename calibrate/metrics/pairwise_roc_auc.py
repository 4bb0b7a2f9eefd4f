"""Metric `pairwise_roc_auc`: area under the ROC curve of verification."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import auc

from calibrate.metrics._lib.verification import VerificationMetric


class PairwiseRocAuc(VerificationMetric):
    """Area under the ROC curve of verification by cosine.

    Over the pairs of a list, or all pairs of labelled samples: the probability that a pair of one
    identity is more similar than a pair of two; equal cosines count half.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: pairwise_roc_auc
    """

    name: ClassVar[str] = "pairwise_roc_auc"

    def value_of_pairs(self, genuine: NDArray[np.int64], other: NDArray[np.int64]) -> float:
        """The area by trapezoids; nan where all pairs are of one kind."""
        if not genuine[-1] or not other[-1]:
            return np.nan
        rates = [np.append(0, accepted) / accepted[-1] for accepted in (other, genuine)]
        return float(auc(*rates))
