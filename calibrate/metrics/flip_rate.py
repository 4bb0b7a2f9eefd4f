"""Metric `flip_rate`: the share of decisions that are not FP32's."""

from typing import ClassVar

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.agreement import AgreementMetric


class FlipRate(AgreementMetric):
    """Share of predictions that differ from FP32's, mean over samples; 0 for FP32 itself.

    One minus `agreement`. Needs no labels. Classes: top-1 of each sample; several labels: the
    share of labels on the other side of the threshold; segmentation: the share of pixels;
    tokens: the share of positions; detections: one minus the F1 score of confident boxes at IoU
    0.5, FP32's taken as the objects.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: flip_rate
    """

    name: ClassVar[str] = "flip_rate"
    higher_is_better: ClassVar[bool] = False

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The sample's share of decisions that are not FP32's.

        Raises:
            CalibrateError: predictions without a decision, NaN, or different shapes.
        """
        return 1.0 - self.agreement(prediction, target, facts)
