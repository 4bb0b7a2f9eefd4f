"""Metric `epe`: the length of the error of vectors, as of optical flow."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from calibrate.core.component import Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.residuals import residual_pair
from calibrate.metrics._lib.type_checks import place
from calibrate.metrics.base import POSITIVE, MeanMetric


class EndPointError(MeanMetric):
    """End-point error of optical flow: the length of the error of each vector, mean over samples.

    The numbers of a sample are read as [components, points], as a flow [2, H, W] is in memory.
    Source: Baker et al., A Database and Evaluation Methodology for Optical Flow, 2011.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: epe
    """

    name: ClassVar[str] = "epe"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE
    unit: ClassVar[Unit] = ""

    components: int = Field(default=2, ge=1)
    """Number of components of a vector."""

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The mean length of the errors of one sample.

        Raises:
            CalibrateError: other kinds, NaN, different shapes, or numbers that are no vectors.
        """
        mine, theirs = residual_pair(self.label, prediction, target, facts)
        if mine.size % self.components:
            raise CalibrateError(
                f"{self.label}: {mine.size} numbers are no vectors of {self.components}",
                place(facts),
                "set `components`",
            )
        errors = (mine - theirs).reshape(self.components, -1)
        return float(np.linalg.norm(errors, axis=0).mean())
