"""Metric `recall`: the share of what is true that was predicted."""

from typing import ClassVar

from calibrate.metrics._lib.decisions import DecisionMetric, Floats, Outcomes
from calibrate.metrics._lib.means import divided


class Recall(DecisionMetric):
    """Recall (sensitivity, true positive rate) of one class or over classes: TP / (TP + FN).

    With `average: binary` and `pos_label` it is the accuracy of that class, with `macro` the mean
    of the classes' accuracies (the balanced accuracy). A class that is nowhere true has none and
    is left out. Labels that are marked as unknown do not count. Equal to scikit-learn's
    `recall_score`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: recall
            average: binary
            pos_label: 1
    """

    name: ClassVar[str] = "recall"

    def rates(self, outcomes: Outcomes) -> Floats:
        """Recall of each class."""
        return divided(outcomes.true_positive, outcomes.true_positive + outcomes.false_negative)
