"""Metric `pixel_accuracy`: the share of right pixels of a segmentation."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import pixel_counts
from calibrate.metrics._lib.means import weighted_ratio


class PixelAccuracy(Component):
    """Share of labelled pixels whose class is right, pixels of all images together.

    Large images weigh more than small ones, so the value is a ratio of sums and no mean over
    images. A mask of another size is resized to the prediction's by nearest neighbour.
    Source: Long et al., Fully Convolutional Networks, 2015, section 5 ("pixel accuracy").
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: pixel_accuracy
    """

    higher_is_better: ClassVar[bool] = True
    is_mean: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    unit: ClassVar[Unit] = "fraction"
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """`pixel_accuracy`."""
        return "pixel_accuracy"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[2]: right pixels, labelled pixels.

        Raises:
            CalibrateError: other kinds, or negative class ids.
        """
        counts = pixel_counts(self.label, prediction, target, facts)
        return np.array([counts["both"].sum(), counts["actual"].sum()], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The share of right pixels in each set; nan where no pixel is labelled."""
        return weighted_ratio(evidence, counts)
