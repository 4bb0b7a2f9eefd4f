"""Metric `mae`: mean absolute error."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import weighted_mean
from calibrate.metrics._lib.residuals import differences


class Mae(Component):
    """Mean absolute error of regressed values, or of pixels 0-255.

    The mean over samples of the mean over a sample's values of |prediction - target|, in the
    values' own unit.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: mae
    """

    higher_is_better: ClassVar[bool] = False
    is_mean: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, float("inf"))
    unit: ClassVar[Unit] = ""
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """`mae`."""
        return "mae"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[1]: the sample's mean absolute error.

        Raises:
            CalibrateError: other kinds, NaN, or different shapes.
        """
        errors = differences(self.label, prediction, target, facts)
        return np.array([np.abs(errors).mean()], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean error of each set."""
        return weighted_mean(evidence, counts)
