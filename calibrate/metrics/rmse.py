"""Metric `rmse`: root mean squared error."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence
from calibrate.metrics.base import ResidualMetric


class Rmse(ResidualMetric):
    """Root of the mean squared error of regressed values, or of pixels 0-255.

    The root is taken of the mean over all samples, so the value is no mean of a score per
    sample; in the values' own unit.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: rmse
    """

    name: ClassVar[str] = "rmse"
    is_mean: ClassVar[bool] = False

    def formula(self, errors: NDArray[np.float64]) -> float:
        """The mean squared error of one sample."""
        return float(np.square(errors).mean())

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The root of each set's mean squared error."""
        return np.asarray(np.sqrt(super().aggregate(evidence, counts)), np.float64)
