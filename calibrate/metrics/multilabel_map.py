"""Metric `multilabel_map`: mean average precision over labels."""

from typing import ClassVar

from calibrate.metrics._lib.ranking import Curve, LabelRankingMetric, average_precision


class MultilabelMap(LabelRankingMetric):
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
    curve: ClassVar[Curve] = staticmethod(average_precision)
