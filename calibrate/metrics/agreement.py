"""Metric `agreement`: how far the model decides as FP32 does."""

from typing import ClassVar, Literal

from pydantic import Field

from calibrate.core.component import Target
from calibrate.core.predictions.base import Confidence, Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.agreement import agreement
from calibrate.metrics.base import MeanMetric


class Agreement(MeanMetric):
    """Share of decisions that are FP32's, mean over samples; 1 for FP32 itself.

    Needs no labels. Classes: top-1 of each sample; several labels: the share of labels on the same
    side of the threshold; segmentation: the share of pixels; tokens: the share of positions;
    detections: F1 score of confident boxes at IoU 0.5, FP32's taken as the objects.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: agreement
    """

    name: ClassVar[str] = "agreement"
    reference: ClassVar[Literal["annotation", "fp32"]] = "fp32"

    label_threshold: float = Field(default=0.5, gt=0, lt=1)
    """For several labels: the least probability of a label that is present."""
    annotation_conf_threshold: float = Field(default=0.6, ge=0, le=1)
    """For detections: the least score of a box that counts as detected."""

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The sample's agreement.

        Raises:
            CalibrateError: predictions without a decision, NaN, or different shapes.
        """
        confidence = Confidence(self.label_threshold, self.annotation_conf_threshold)
        return agreement(self.label, prediction, target, facts, confidence)
