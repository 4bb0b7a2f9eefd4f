"""Metric `multilabel_map`: mean average precision over labels."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.ranking import average_precision, mean_over_labels, ranked_labels
from calibrate.metrics.base import PooledMetric


class MultilabelMap(PooledMetric):
    """Mean average precision over labels, samples ranked by each label's probability.

    Per label the sum over the ranking of the gain in recall times the precision there, not
    interpolated; the value is the mean over the labels that some sample has. Equal to
    scikit-learn's `average_precision_score(average="macro")`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: multilabel_map
    """

    name: ClassVar[str] = "multilabel_map"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The scores, and which of the labels are true.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        return ranked_labels(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Mean average precision of each set; nan where no sample has a label."""
        return mean_over_labels(evidence, counts, average_precision)
