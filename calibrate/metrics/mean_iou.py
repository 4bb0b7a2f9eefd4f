"""Metric `mean_iou`: intersection over union of a segmentation, mean over classes."""

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


class MeanIou(PooledMetric):
    """Intersection over union of a segmentation, mean over the classes that are present.

    Per class, pixels of all images together: right pixels over pixels that are predicted or
    truly of the class; the value is the mean over the classes that the masks hold (a class that
    is only predicted costs the others their pixels). Unlabelled pixels do not count. A mask of
    another size is resized to the prediction's by nearest neighbour. Source: Everingham et al.,
    The PASCAL Visual Object Classes Challenge, IJCV 2015, section 3.3.
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: mean_iou
            ignore_label: 0
    """

    name: ClassVar[str] = "mean_iou"

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
        """Mean IoU of each set; nan where no pixel is labelled."""
        totals = total_counts(evidence, counts).without(self.ignore_label)
        return mean_of_present(totals.overlap(), totals.actual > 0)
