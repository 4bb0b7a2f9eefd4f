"""Metric `mean_iou`: intersection over union of a segmentation, mean over classes."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.confusion import Totals
from calibrate.metrics._lib.overlap import Floats, OverlapMetric


class MeanIou(OverlapMetric):
    """Intersection over union of a segmentation, mean over the classes that are present.

    Per class, pixels of all images together: right pixels over pixels that are predicted or
    truly of the class; the value is the mean over the classes that the masks hold (a class that
    is only predicted costs the others their pixels). Unlabelled pixels do not count. A mask of
    another size is resized to the prediction's by nearest neighbour. With `only_label` it is the
    IoU of one class, with `per_case` the mean over images. Source: Everingham et al., The PASCAL
    Visual Object Classes Challenge, IJCV 2015, section 3.3.
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: mean_iou
            ignore_label: 0
    """

    name: ClassVar[str] = "mean_iou"

    def ratios(self, totals: Totals) -> Floats:
        """The IoU of each class."""
        return totals.overlap()

    def counted(self, totals: Totals) -> NDArray[np.bool_]:
        """Classes that the masks hold; by the Accuracy Checker's rules also predicted ones."""
        present = totals.actual > 0
        return present | (totals.predicted > 0) if self.counting == "accuracy_checker" else present
