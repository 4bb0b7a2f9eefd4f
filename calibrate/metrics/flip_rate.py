"""Metric `flip_rate`: the share of decisions that are not FP32's."""

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


class FlipRate(Component):
    """Share of decisions that are not FP32's, mean over samples; 0 for FP32 itself.

    One minus `agreement`. Needs no labels. Classes: top-1 of each sample; several labels: the
    share of labels on the other side of the threshold; segmentation: the share of pixels;
    tokens: the share of positions; detections: one minus the F1 score of confident boxes at IoU
    0.5, FP32's taken as the objects.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: flip_rate
    """

    higher_is_better: ClassVar[bool] = False
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
        """`flip_rate`."""
        return "flip_rate"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[1]: the sample's share of flipped decisions.

        Raises:
            CalibrateError: predictions without a decision, NaN, or different shapes.
        """
        confidence = Confidence(self.label_threshold, self.annotation_conf_threshold)
        return np.array([1.0 - agreement(self.label, prediction, target, facts, confidence)])

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean share of each set."""
        return weighted_mean(evidence, counts)
