"""Metric `mean_accuracy`: the share of right pixels of each class, mean over classes."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.confusion import Totals
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.overlap import Floats, OverlapMetric


class MeanAccuracy(OverlapMetric):
    """Share of a class's pixels that are right, mean over the classes of the masks.

    With `only_label` it is the accuracy of one class. Source: Long et al., Fully Convolutional
    Networks, 2015, section 5 ("mean accuracy").
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: mean_accuracy
    """

    name: ClassVar[str] = "mean_accuracy"

    def ratios(self, totals: Totals) -> Floats:
        """The share of right pixels of each class."""
        return divided(totals.both, totals.actual)

    def counted(self, totals: Totals) -> NDArray[np.bool_]:
        """Classes that the masks hold."""
        return totals.actual > 0
