"""Metric `dice`: the Dice coefficient of a segmentation, mean over classes."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.confusion import Totals
from calibrate.metrics._lib.overlap import Floats, OverlapMetric


class Dice(OverlapMetric):
    """Dice coefficient of a segmentation (F1 score of its pixels or voxels), mean over classes.

    Twice the right pixels over predicted plus true ones. Pooled: pixels of all images together,
    the mean over the classes that are predicted or true anywhere, as scikit-learn's
    `f1_score(average="macro")` over pixels. With `per_case`: the mean over cases of the mean over
    the classes of a case; `empty: skip` and `one` are MONAI's `ignore_empty` true and false.
    Source: Dice, Measures of the Amount of Ecologic Association Between Species, 1945.
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: dice
            ignore_label: 0
            per_case: true
    """

    name: ClassVar[str] = "dice"

    def ratios(self, totals: Totals) -> Floats:
        """The coefficient of each class."""
        return totals.balance()

    def counted(self, totals: Totals) -> NDArray[np.bool_]:
        """Classes that are predicted or true."""
        return totals.predicted + totals.actual > 0
