"""Metric `ssim`: structural similarity."""

from typing import ClassVar, Literal

from pydantic import Field

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.image_pairs import (
    Color,
    LumaRange,
    comparable,
    image_label,
    structural_similarity,
)
from calibrate.metrics._lib.type_checks import place
from calibrate.metrics.base import MeanMetric


class Ssim(MeanMetric):
    """Structural similarity of images (SSIM), mean over images.

    Of pixels 0-255, the prediction clipped to them and not rounded, channels averaged; the border
    that no whole window covers is left out. Equal to scikit-image's `structural_similarity`.
    Source: Wang et al., Image Quality Assessment: From Error Visibility to Structural
    Similarity, 2004.
    Interval of a drop: paired differences of the images' scores.

    Example:
        metrics:
          - type: ssim
            color: y
            window: gaussian
    """

    name: ClassVar[str] = "ssim"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    color: Color = "rgb"
    """What is compared: all channels, or the luma alone."""
    luma_range: LumaRange = "full"
    """Of luma: 0-255 as Pillow makes it, or 16-235 as MATLAB and many papers do."""
    scale_border: int = Field(default=0, ge=0)
    """Pixels that are left out at each edge, often the scale of the super-resolution."""
    window: Literal["uniform", "gaussian"] = "uniform"
    """Of 7 x 7 pixels (scikit-image's default), or Gaussian of 11 x 11, sigma 1.5 (Wang's)."""

    @property
    def label(self) -> str:
        """`ssim`, `ssim y border 4`."""
        return image_label("ssim", self.color, self.scale_border)

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The image's similarity.

        Raises:
            CalibrateError: other kinds, NaN, different sizes, an image below the window.
        """
        mine, theirs = comparable(
            self.label,
            prediction,
            target,
            facts,
            luma_range=self.luma_range if self.color == "y" else None,
            border=self.scale_border,
        )
        gaussian = self.window == "gaussian"
        least = 11 if gaussian else 7
        if min(mine.shape[:2]) < least:
            raise CalibrateError(
                f"{self.label}: an image of {mine.shape[1]} x {mine.shape[0]} pixels is smaller "
                f"than the window of {least}",
                place(facts),
                "choose psnr, or compare larger images",
            )
        return structural_similarity(mine, theirs, gaussian=gaussian)
