"""Metric `dice`: the Dice coefficient of a segmentation, mean over classes."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import pixel_counts, total_counts
from calibrate.metrics._lib.means import mean_of_present
from calibrate.metrics.base import PooledMetric


class Dice(PooledMetric):
    """Dice coefficient of a segmentation (F1 score of its pixels), mean over classes.

    Per class, pixels of all images together: twice the right pixels over predicted plus true
    ones; the value is the mean over the classes that are predicted or true anywhere. Source:
    Dice, Measures of the Amount of Ecologic Association Between Species, 1945; equal to
    scikit-learn's `f1_score(average="macro")` over pixels.
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: dice
            ignore_label: 0
    """

    name: ClassVar[str] = "dice"

    ignore_label: int | None = None
    """A class that is left out of the mean (its pixels still count), for instance background."""

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Pixels of each class: predicted, true, both.

        Raises:
            CalibrateError: other kinds, or negative class ids.
        """
        return pixel_counts(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Mean Dice coefficient of each set; nan where no pixel is labelled."""
        totals = total_counts(evidence, counts).without(self.ignore_label)
        return mean_of_present(totals.balance(), totals.predicted + totals.actual > 0)
