"""Metric `pairwise_accuracy`: pairs that the best threshold of similarity decides rightly."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.verification import pair_evidence, pairs_of
from calibrate.metrics.base import PooledMetric


class PairwiseAccuracy(PooledMetric):
    """Accuracy of verification at the best threshold of the cosine.

    Over the pairs of a list, or all pairs of labelled samples: the greatest share that one
    threshold decides rightly, chosen on these pairs for each model.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: pairwise_accuracy
    """

    name: ClassVar[str] = "pairwise_accuracy"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The vector with the class or the pairs of the list.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return pair_evidence(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The accuracy of each set; nan where it has no pair."""
        pairs = pairs_of(evidence)
        return np.array([_accuracy(*pairs.accepted(drawn)) for drawn in counts], np.float64)


def _accuracy(right: NDArray[np.int64], wrong: NDArray[np.int64]) -> float:
    """The best accuracy, from what each threshold accepts; a threshold may accept nothing."""
    if not len(right) or not right[-1] + wrong[-1]:
        return np.nan
    decided = np.append(right + wrong[-1] - wrong, wrong[-1])
    return float(decided.max() / (right[-1] + wrong[-1]))
