"""Metric `mse`: mean squared error."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics.base import ResidualMetric


class Mse(ResidualMetric):
    """Mean squared error of regressed values, or of pixels 0-255.

    The mean over samples of the mean over a sample's values of (prediction - target)^2, in the
    square of the values' unit.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: mse
    """

    name: ClassVar[str] = "mse"

    def formula(self, errors: NDArray[np.float64]) -> float:
        """The mean squared error of one sample."""
        return float(np.square(errors).mean())
