"""Metric `psnr`: peak signal-to-noise ratio."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from calibrate.core.component import Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.image_pairs import (
    PEAK,
    Color,
    LumaRange,
    comparable,
    image_label,
)
from calibrate.metrics.base import MeanMetric

CAP = 100.0
"""dB; the value of equal images."""


class Psnr(MeanMetric):
    """Peak signal-to-noise ratio of images in dB, mean over images.

    10 log10(255^2 / mean squared error) of each image, at most 100 dB, which stands for equal
    images and keeps the mean finite. The prediction is clipped to 0-255 and not rounded. Where
    it has one channel and the target three, the target's luma is taken. Equal to scikit-image's
    `peak_signal_noise_ratio` below the cap.
    Interval of a drop: paired differences of the images' scores.

    Example:
        metrics:
          - type: psnr
            color: y
            scale_border: 4
    """

    name: ClassVar[str] = "psnr"
    bounds: ClassVar[tuple[float, float]] = (0.0, 100.0)
    unit: ClassVar[Unit] = "dB"

    color: Color = "rgb"
    """What is compared: all channels, or the luma alone."""
    luma_range: LumaRange = "full"
    """Of luma: 0-255 as Pillow makes it, or 16-235 as MATLAB and many papers do."""
    scale_border: int = Field(default=0, ge=0)
    """Pixels that are left out at each edge, often the scale of the super-resolution."""

    @property
    def label(self) -> str:
        """`psnr`, `psnr y border 4`."""
        return image_label("psnr", self.color, self.scale_border)

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The image's ratio in dB.

        Raises:
            CalibrateError: other kinds, NaN, different sizes, too wide a border.
        """
        mine, theirs = comparable(
            self.label,
            prediction,
            target,
            facts,
            luma_range=self.luma_range if self.color == "y" else None,
            border=self.scale_border,
        )
        error = float(np.square(mine - theirs).mean())
        decibels = 10 * np.log10(PEAK**2 / error) if error else CAP
        return float(min(decibels, CAP))
