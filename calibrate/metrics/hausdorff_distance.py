"""Metric `hausdorff_distance`: how far the surfaces of two masks are apart."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.ndimage import binary_erosion, distance_transform_edt

from calibrate.core.component import Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import paired_masks
from calibrate.metrics.base import POSITIVE, RatioMetric


class HausdorffDistance(RatioMetric):
    """Hausdorff distance between the surfaces of the predicted and the true mask, mean over cases.

    The greater of the two directed distances, each the `percentile` of the distances from one
    surface to the nearest point of the other, in pixels or in the unit of `spacing`. A case with
    the class in neither mask is left out; with the class in one alone it counts with the diagonal
    of the mask. Source: MONAI's definition of `HausdorffDistanceMetric`, with scipy's exact
    Euclidean distance transform.
    Interval of a drop: bootstrap over cases, both models on the same draws.

    Example:
        metrics:
          - type: hausdorff_distance
            percentile: 95
    """

    name: ClassVar[str] = "hausdorff_distance"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE
    unit: ClassVar[Unit] = ""

    only_label: int = Field(default=1, ge=0)
    """The class whose masks are compared."""
    percentile: float = Field(default=100.0, gt=0, le=100)
    """The percentile of the distances; 100 is their maximum, 95 excludes outliers."""
    spacing: tuple[float, ...] | None = None
    """Size of a pixel or voxel along each dimension; 1 by default."""

    def terms(self, prediction: Prediction, target: Target, facts: Facts) -> tuple[float, float]:
        """The distance of one case and 1; zeros where neither mask holds the class.

        Raises:
            CalibrateError: other kinds, or masks of different shapes.
        """
        predicted, actual, known = paired_masks(self.label, prediction, target, facts)
        mine, theirs = (known & (mask == self.only_label) for mask in (predicted, actual))
        if not mine.any() and not theirs.any():
            return 0.0, 0.0
        spacing = np.array(self.spacing or (1.0,) * mine.ndim)
        if not mine.any() or not theirs.any():
            return float(np.linalg.norm(spacing * mine.shape)), 1.0
        first, second = (mask & ~binary_erosion(mask) for mask in (mine, theirs))
        there, back = self._directed(first, second, spacing), self._directed(second, first, spacing)
        return max(there, back), 1.0

    def _directed(
        self, start: NDArray[np.bool_], end: NDArray[np.bool_], spacing: NDArray[np.float64]
    ) -> float:
        distances = np.asarray(distance_transform_edt(~end, sampling=spacing))
        return float(np.percentile(distances[start], self.percentile))
