"""Metric `rmse`: root mean squared error."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import weighted_mean
from calibrate.metrics._lib.residuals import differences


class Rmse(Component):
    """Root of the mean squared error of regressed values, or of pixels 0-255.

    The root is taken of the mean over all samples, so the value is no mean of a score per
    sample; in the values' own unit.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: rmse
    """

    higher_is_better: ClassVar[bool] = False
    is_mean: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))
    unit: ClassVar[Unit] = ""
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """`rmse`."""
        return "rmse"

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
        """The root of each set's mean squared error."""
        return np.asarray(np.sqrt(weighted_mean(evidence, counts)), np.float64)
