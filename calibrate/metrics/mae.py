"""Metric `mae`: mean absolute error."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics.base import ResidualMetric


class Mae(ResidualMetric):
    """Mean absolute error of regressed values, or of pixels 0-255.

    The mean over samples of the mean over a sample's values of |prediction - target|, in the
    values' own unit.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: mae
    """

    name: ClassVar[str] = "mae"

    def formula(self, errors: NDArray[np.float64]) -> float:
        """The mean absolute error of one sample."""
        return float(np.abs(errors).mean())
