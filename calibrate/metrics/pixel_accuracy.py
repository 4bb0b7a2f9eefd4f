"""Metric `pixel_accuracy`: the share of right pixels of a segmentation."""

from typing import ClassVar

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import pixel_counts
from calibrate.metrics.base import RatioMetric


class PixelAccuracy(RatioMetric):
    """Share of labelled pixels whose class is right, pixels of all images together.

    Large images weigh more than small ones, so the value is a ratio of sums and no mean over
    images. A mask of another size is resized to the prediction's by nearest neighbour.
    Source: Long et al., Fully Convolutional Networks, 2015, section 5 ("pixel accuracy").
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: pixel_accuracy
    """

    name: ClassVar[str] = "pixel_accuracy"

    def terms(self, prediction: Prediction, target: Target, facts: Facts) -> tuple[float, float]:
        """Right pixels, labelled pixels.

        Raises:
            CalibrateError: other kinds, or negative class ids.
        """
        counts = pixel_counts(self.label, prediction, target, facts)
        return float(counts["both"].sum()), float(counts["actual"].sum())
