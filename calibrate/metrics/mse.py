"""Metric `mse`: mean squared error."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import weighted_mean
from calibrate.metrics._lib.residuals import differences


class Mse(Component):
    """Mean squared error of regressed values, or of pixels 0-255.

    The mean over samples of the mean over a sample's values of (prediction - target)^2, in the
    square of the values' unit.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: mse
    """

    higher_is_better: ClassVar[bool] = False
    is_mean: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))
    unit: ClassVar[Unit] = ""
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """`mse`."""
        return "mse"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[1]: the sample's mean squared error.

        Raises:
            CalibrateError: other kinds, NaN, or different shapes.
        """
        errors = differences(self.label, prediction, target, facts)
        return np.array([np.square(errors).mean()], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean error of each set."""
        return weighted_mean(evidence, counts)
