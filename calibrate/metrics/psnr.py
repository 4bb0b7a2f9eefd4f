"""Metric `psnr`: peak signal-to-noise ratio."""

from typing import ClassVar

import numpy as np

from calibrate.core.component import Unit
from calibrate.core.sample import Facts
from calibrate.metrics._lib.image_pairs import PEAK, ImagePairMetric, Pixels

CAP = 100.0
"""dB; the value of equal images."""


class Psnr(ImagePairMetric):
    """Peak signal-to-noise ratio of images in dB, mean over images.

    10 log10(255^2 / mean squared error) of each image, at most 100 dB, the value of equal images,
    which keeps the mean finite. The prediction is clipped to 0-255 and not rounded. Where it has
    one channel and the target three, the target's luma is taken. Equal to scikit-image's
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

    def image_value(self, predicted: Pixels, actual: Pixels, facts: Facts) -> float:  # noqa: ARG002
        """The image's ratio in dB."""
        error = float(np.square(predicted - actual).mean())
        decibels = 10 * np.log10(PEAK**2 / error) if error else CAP
        return float(min(decibels, CAP))
