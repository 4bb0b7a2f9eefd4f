"""Metric `pairwise_accuracy`: pairs that the best threshold of similarity decides rightly."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.verification import VerificationMetric


class PairwiseAccuracy(VerificationMetric):
    """Accuracy of verification at the best threshold of the cosine.

    Over the pairs of a list, or all pairs of labelled samples: the greatest share that one
    threshold decides correctly, chosen on these pairs for each model. Interval of a drop: bootstrap
    over samples, both models on the same draws.

    Example:
        metrics:
          - type: pairwise_accuracy
    """

    name: ClassVar[str] = "pairwise_accuracy"

    def value_of_pairs(self, genuine: NDArray[np.int64], other: NDArray[np.int64]) -> float:
        """The best accuracy over all thresholds, that which accepts nothing among them."""
        decided = np.append(genuine + other[-1] - other, other[-1])
        return float(decided.max() / (genuine[-1] + other[-1]))
