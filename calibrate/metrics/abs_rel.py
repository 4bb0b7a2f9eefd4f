"""Metric `abs_rel`: absolute error relative to the true number."""

from typing import ClassVar

import numpy as np

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.residuals import residual_pair
from calibrate.metrics._lib.type_checks import place
from calibrate.metrics.base import POSITIVE, MeanMetric


class AbsRel(MeanMetric):
    """Absolute error relative to the true number, of depth maps and other positive numbers.

    The mean over samples of the mean over a sample's numbers of |prediction - target| / target;
    numbers whose target is 0 or less, as depth maps have them where nothing was measured, do not
    count. Source: Eigen et al., Depth Map Prediction from a Single Image, 2014 ("abs relative
    difference").
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: abs_rel
    """

    name: ClassVar[str] = "abs_rel"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The mean relative error of one sample.

        Raises:
            CalibrateError: other kinds, NaN, different shapes, or no positive target.
        """
        mine, theirs = residual_pair(self.label, prediction, target, facts)
        known = theirs > 0
        if not known.any():
            raise CalibrateError(
                f"{self.label}: no number of the target is positive",
                place(facts),
                "use mae for numbers that may be 0 or less",
            )
        return float(np.mean(np.abs(mine[known] - theirs[known]) / theirs[known]))
