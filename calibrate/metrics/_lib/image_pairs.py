"""Two images brought to numbers that can be compared: luma, borders, ranges; and SSIM."""

from abc import abstractmethod
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.ndimage import gaussian_filter, uniform_filter

from calibrate.core.annotation import ImageTarget
from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.type_checks import check_finite, check_shapes, place, unfit
from calibrate.metrics.base import MeanMetric

Pixels = NDArray[np.float64]
"""[H, W] or [H, W, 3] float64, 0-255."""

Color = Literal["rgb", "y"]
LumaRange = Literal["full", "studio"]

PEAK = 255.0
FULL = (np.array([0.299, 0.587, 0.114]), 0.0)
STUDIO = (np.array([65.481, 128.553, 24.966]) / 255.0, 16.0)


class ImagePairMetric(MeanMetric):
    """A mean over images of a comparison of predicted and true pixels."""

    color: Color = "rgb"
    """The compared channels: all, or only the luma."""
    luma_range: LumaRange = "full"
    """Range of the luma: 0-255 as in Pillow, or 16-235 as in MATLAB and many papers."""
    scale_border: int = Field(default=0, ge=0)
    """Pixels that are left out at each edge, often the scale of the super-resolution."""

    @property
    def label(self) -> str:
        """Return the name with what it is taken of: `psnr`, `psnr y border 4`."""
        luma_alone = " y" if self.color == "y" else ""
        return (
            self.name + luma_alone + (f" border {self.scale_border}" if self.scale_border else "")
        )

    @abstractmethod
    def image_value(self, predicted: Pixels, actual: Pixels, facts: Facts) -> float:
        """Return the number of an image.

        Args:
            predicted: pixels of the prediction.
            actual: pixels of the target, the same shape.
            facts: of the sample, for messages.
        """

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """Return the number of an image.

        Raises:
            CalibrateError: other kinds, NaN, different sizes, too wide a border.
        """
        predicted, actual = comparable(
            self.label,
            prediction,
            target,
            facts,
            luma_range=self.luma_range if self.color == "y" else None,
            border=self.scale_border,
        )
        return self.image_value(predicted, actual, facts)


def luma(pixels: Pixels, luma_range: LumaRange) -> Pixels:
    """The Y channel [H, W] of RGB pixels; an image of one channel is its own luma.

    `full`: 0-255, ITU-T T.871 (JPEG, Pillow); `studio`: 16-235, ITU-R BT.601 (MATLAB's
    `rgb2ycbcr`, on which many super-resolution papers report).
    """
    if pixels.ndim == 2:
        return pixels
    weights, offset = FULL if luma_range == "full" else STUDIO
    return np.asarray(pixels @ weights + offset, np.float64)


def comparable(
    metric: str,
    prediction: Prediction,
    target: Target,
    facts: Facts,
    *,
    luma_range: LumaRange | None,
    border: int,
) -> tuple[Pixels, Pixels]:
    """Prediction and target as numbers of one shape, the prediction clipped to 0-255.

    Where the prediction has one channel and the target three, the target's luma is taken.

    Args:
        metric: its label, for messages.
        prediction: an `ImageOutput`.
        target: an `ImageTarget`.
        facts: of the sample.
        luma_range: of the luma that both are turned into; None leaves the channels.
        border: pixels left out at each edge.

    Raises:
        CalibrateError: other kinds, NaN, different sizes, or a border that leaves nothing.
    """
    if not (isinstance(prediction, ImageOutput) and isinstance(target, ImageTarget)):
        raise unfit(metric, prediction, target, facts, reads=[(ImageOutput, ImageTarget)])
    check_finite(metric, prediction.image, facts)
    mine = np.clip(prediction.image.astype(np.float64), 0.0, PEAK)
    theirs = target.image.astype(np.float64)
    if luma_range is not None or (mine.ndim == 2 and theirs.ndim == 3):
        mine, theirs = luma(mine, luma_range or "full"), luma(theirs, luma_range or "full")
    check_shapes(metric, mine.shape, theirs.shape, facts)
    height, width = mine.shape[:2]
    if 2 * border >= min(height, width):
        raise CalibrateError(
            f"{metric}: a border of {border} pixels leaves nothing of {width} x {height}",
            place(facts),
            "make scale_border smaller",
        )
    inner = (slice(border, height - border), slice(border, width - border))
    return mine[inner], theirs[inner]


def structural_similarity(mine: Pixels, theirs: Pixels, *, gaussian: bool) -> float:
    """Mean SSIM of two images of 0-255, channels averaged.

    Source: Wang et al., Image Quality Assessment: From Error Visibility to Structural
    Similarity, 2004, K1 = 0.01, K2 = 0.03. The border that no whole window covers is left out,
    as in scikit-image.

    Args:
        mine: [H, W] or [H, W, C], at least as large as the window.
        theirs: the same shape.
        gaussian: a Gaussian window of 11 x 11 with sigma 1.5 and the variance of the population
            (Wang's), or a uniform one of 7 x 7 with the variance of the sample.
    """
    if mine.ndim == 3:
        channels = range(mine.shape[2])
        each = [
            structural_similarity(mine[..., c], theirs[..., c], gaussian=gaussian) for c in channels
        ]
        return float(np.mean(each))
    size = 11 if gaussian else 7
    unbiased = 1.0 if gaussian else size**2 / (size**2 - 1)

    def smooth(image: Pixels) -> Pixels:
        if gaussian:
            return np.asarray(gaussian_filter(image, sigma=1.5, truncate=3.5), np.float64)
        return np.asarray(uniform_filter(image, size=size), np.float64)

    mean_a, mean_b = smooth(mine), smooth(theirs)
    var_a = unbiased * (smooth(mine * mine) - mean_a**2)
    var_b = unbiased * (smooth(theirs * theirs) - mean_b**2)
    both = unbiased * (smooth(mine * theirs) - mean_a * mean_b)
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    similarity = ((2 * mean_a * mean_b + c1) * (2 * both + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    )
    edge = size // 2
    return float(similarity[edge:-edge, edge:-edge].mean())
