"""Metric `agreement`: how far the model decides as FP32 does."""

from typing import ClassVar

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.agreement import AgreementMetric


class Agreement(AgreementMetric):
    """Share of predictions that equal FP32's, mean over samples; 1 for FP32 itself.

    Needs no labels. Classes: top-1 of each sample; several labels: the share of labels on the same
    side of the threshold; segmentation: the share of pixels; tokens: the share of positions;
    detections: F1 score of confident boxes at IoU 0.5, FP32's taken as the objects.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: agreement
    """

    name: ClassVar[str] = "agreement"

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The sample's agreement.

        Raises:
            CalibrateError: predictions without a decision, NaN, or different shapes.
        """
        return self.agreement(prediction, target, facts)
