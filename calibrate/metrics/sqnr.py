"""Metric `sqnr`: signal to quantization noise."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.agreement import paired_arrays
from calibrate.metrics.base import MeanMetric


class Sqnr(MeanMetric):
    """Signal-to-quantization-noise ratio against FP32 in dB, mean over outputs and samples.

    10 log10(sum of FP32^2 / sum of (FP32 - model)^2), held within -`cap` and `cap`. FP32 itself
    would be infinite and has `cap`. So a drop is what is missing to `cap`: with `cap: 40` and
    `max_drop: 10` the mean ratio may be 30 dB. Needs no labels. Of raw outputs, probabilities,
    values and pixels.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: sqnr
            cap: 40
            max_drop: 10
    """

    name: ClassVar[str] = "sqnr"
    bounds: ClassVar[tuple[float, float]] = (-100.0, 100.0)
    unit: ClassVar[Unit] = "dB"
    reference: ClassVar[Literal["annotation", "fp32"]] = "fp32"

    cap: float = Field(default=100.0, gt=0, le=100)
    """dB; what is better than this counts as this, as FP32 itself does."""

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The sample's ratio in dB.

        Raises:
            CalibrateError: predictions that are no numbers, NaN, or different shapes.
        """
        pairs = paired_arrays(self.label, prediction, target, facts)
        ratios = [self._ratio(mine, theirs) for mine, theirs in pairs]
        return float(np.mean(ratios))

    def _ratio(self, mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
        noise = float(np.square(theirs - mine).sum())
        signal = float(np.square(theirs).sum())
        if not noise:
            return self.cap
        if not signal:
            return -self.cap
        return float(np.clip(10 * np.log10(signal / noise), -self.cap, self.cap))
