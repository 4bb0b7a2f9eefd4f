"""Metric `agreement`: how far the model decides as FP32 does."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.agreement import Confidence, agreement
from calibrate.metrics._lib.means import weighted_mean


class Agreement(Component):
    """Share of decisions that are FP32's, mean over samples; 1 for FP32 itself.

    Needs no labels. Classes: top-1 of each sample; several labels: the share of labels on the same
    side of the threshold; segmentation: the share of pixels; tokens: the share of positions;
    detections: F1 score of confident boxes at IoU 0.5, FP32's taken as the objects.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: agreement
    """

    higher_is_better: ClassVar[bool] = True
    is_mean: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    unit: ClassVar[Unit] = "fraction"
    reference: ClassVar[Literal["annotation", "fp32"]] = "fp32"

    label_threshold: float = Field(default=0.5, gt=0, lt=1)
    """For several labels: the least probability of a label that is present."""
    annotation_conf_threshold: float = Field(default=0.6, ge=0, le=1)
    """For detections: the least score of a box that counts as found."""

    @property
    def label(self) -> str:
        """`agreement`."""
        return "agreement"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[1]: the sample's agreement.

        Raises:
            CalibrateError: predictions without a decision, NaN, or different shapes.
        """
        confidence = Confidence(self.label_threshold, self.annotation_conf_threshold)
        return np.array([agreement(self.label, prediction, target, facts, confidence)])

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean agreement of each set."""
        return weighted_mean(evidence, counts)
