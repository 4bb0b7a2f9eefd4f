"""Metric `precision`: the share of what was predicted that is true."""

from typing import ClassVar

import numpy as np

from calibrate.metrics._lib.decisions import DecisionMetric, Floats, Outcomes
from calibrate.metrics._lib.means import divided


class PrecisionScore(DecisionMetric):
    """Precision (positive predictive value) of one class or over classes: TP / (TP + FP).

    A class that is true somewhere and never predicted has a precision of 0; one that is neither
    is left out. Labels that are marked as unknown do not count. Equal to scikit-learn's
    `precision_score` with `zero_division=0`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: precision
            average: macro
    """

    name: ClassVar[str] = "precision"

    def rates(self, outcomes: Outcomes) -> Floats:
        """Precision of each class."""
        predicted = outcomes.true_positive + outcomes.false_positive
        rates = divided(outcomes.true_positive, predicted)
        return np.where((predicted == 0) & (outcomes.false_negative > 0), 0.0, rates)
