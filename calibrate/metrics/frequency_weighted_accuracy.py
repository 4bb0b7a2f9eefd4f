"""Metric `frequency_weighted_accuracy`: IoU of the classes, weighted by their pixels."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import pixel_counts, total_counts
from calibrate.metrics._lib.means import divided
from calibrate.metrics.base import PooledMetric


class FrequencyWeightedIou(PooledMetric):
    """Intersection over union of the classes, weighted by the share of pixels that are theirs.

    Source: Long et al., Fully Convolutional Networks, 2015, section 5 ("frequency weighted IU").
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: frequency_weighted_accuracy
    """

    name: ClassVar[str] = "frequency_weighted_accuracy"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Pixels of each class: predicted, true, both.

        Raises:
            CalibrateError: other kinds, or negative class ids.
        """
        return pixel_counts(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The weighted IoU of each set; nan where no pixel is labelled."""
        totals = total_counts(evidence, counts)
        overlap = np.where(totals.actual > 0, totals.overlap(), 0.0)
        return divided((totals.actual * overlap).sum(axis=1), totals.actual.sum(axis=1))
