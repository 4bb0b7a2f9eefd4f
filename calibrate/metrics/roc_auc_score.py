"""Metric `roc_auc_score`: the area below the ROC curve."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.ranking import mean_over_labels, ranked_labels, roc_area


class RocAuc(Component):
    """Area below the ROC curve: of two classes, each class against the rest, or several labels.

    The probability that a random positive sample has a greater score than a random negative
    one, ties counting half; for more than one label the mean over those of which the set holds
    positives and negatives. Equal to scikit-learn's `roc_auc_score` (`average="macro"`,
    `multi_class="ovr"`). Source: Fawcett, An introduction to ROC analysis, 2006.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: roc_auc_score
    """

    higher_is_better: ClassVar[bool] = True
    is_mean: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    unit: ClassVar[Unit] = "fraction"
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """`roc_auc`."""
        return "roc_auc"

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
