"""Metric `f1`: the F1 score of classes or of several labels."""

from typing import ClassVar

from calibrate.metrics._lib.decisions import DecisionMetric, Floats, Outcomes
from calibrate.metrics._lib.means import divided


class F1(DecisionMetric):
    """F1 score: harmonic mean of precision and recall, of one class or over classes.

    2 TP / (2 TP + FP + FN); a class that is neither predicted nor true anywhere has none and is
    left out of the mean. Labels that are marked as unknown do not count. Equal to scikit-learn's
    `f1_score`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: f1
            average: macro
    """

    name: ClassVar[str] = "f1"

    def rates(self, outcomes: Outcomes) -> Floats:
        """F1 of each class."""
        hits = 2 * outcomes.true_positive
        return divided(hits, hits + outcomes.false_positive + outcomes.false_negative)
