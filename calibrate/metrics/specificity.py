"""Metric `specificity`: the share of what is not of a class that was not predicted as such."""

from typing import ClassVar

from calibrate.metrics._lib.decisions import DecisionMetric, Floats, Outcomes
from calibrate.metrics._lib.means import divided


class Specificity(DecisionMetric):
    """Specificity (true negative rate) of one class or over classes: TN / (TN + FP).

    Labels that are marked as unknown do not count. Equal to scikit-learn's `recall_score` of the
    samples that are not of the class.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: specificity
            average: binary
    """

    name: ClassVar[str] = "specificity"

    def rates(self, outcomes: Outcomes) -> Floats:
        """Specificity of each class."""
        return divided(outcomes.true_negative, outcomes.true_negative + outcomes.false_positive)
