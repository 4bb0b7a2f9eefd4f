"""Metric `roc_auc_score`: the area below the ROC curve."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.ranking import mean_over_labels, ranked_labels, roc_area
from calibrate.metrics.base import PooledMetric


class RocAuc(PooledMetric):
    """Area below the ROC curve: of two classes, each class against the rest, or several labels.

    The probability that a random positive sample has a greater score than a random negative
    one, ties counting half; for more than one label the mean over those of which the set holds
    positives and negatives. Equal to scikit-learn's `roc_auc_score` (`average="macro"`,
    `multi_class="ovr"`). Source: Fawcett, An introduction to ROC analysis, 2006.
    Of a map of scores (`anomaly_map`) the greatest score ranks the image.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: roc_auc_score
    """

    name: ClassVar[str] = "roc_auc"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The scores, and which of the labels are true.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        return ranked_labels(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The area for each set; nan where it holds one class only."""
        return mean_over_labels(evidence, counts, roc_area)
