"""Metric `ssim`: structural similarity."""

from typing import ClassVar, Literal

from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.image_pairs import ImagePairMetric, Pixels, structural_similarity
from calibrate.metrics._lib.type_checks import place


class Ssim(ImagePairMetric):
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

    window: Literal["uniform", "gaussian"] = "uniform"
    """The window: 7 x 7 pixels (scikit-image's default), or Gaussian of 11 x 11, sigma 1.5
    (Wang's)."""

    def image_value(self, predicted: Pixels, actual: Pixels, facts: Facts) -> float:
        """The image's similarity.

        Raises:
            CalibrateError: an image below the window.
        """
        gaussian = self.window == "gaussian"
        least = 11 if gaussian else 7
        if min(predicted.shape[:2]) < least:
            raise CalibrateError(
                f"{self.label}: an image of {predicted.shape[1]} x {predicted.shape[0]} pixels is "
                f"smaller than the window of {least}",
                place(facts),
                "choose psnr, or compare larger images",
            )
        return structural_similarity(predicted, actual, gaussian=gaussian)
