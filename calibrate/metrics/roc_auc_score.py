"""Metric `roc_auc_score`: the area below the ROC curve."""

from typing import ClassVar

from calibrate.metrics._lib.ranking import Curve, LabelRankingMetric, roc_area


class RocAuc(LabelRankingMetric):
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
    curve: ClassVar[Curve] = staticmethod(roc_area)
