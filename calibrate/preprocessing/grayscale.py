"""Step `grayscale`."""

from typing import Literal

import numpy as np

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import ImageStep, Pixels, pixels_of, place, with_pixels

# ITU-R BT.601 luma in 16-bit fixed point, as Pillow's mode L has it: the sum is 65536.
_LUMA_FIXED = np.array([19595, 38470, 7471], np.uint32)
_LUMA = np.array([0.299, 0.587, 0.114], np.float64)
# Y of BT.601 YCbCr with 8-bit head room: 16 + 65.481 R + 128.553 G + 24.966 B for R, G, B of 0-1.
_STUDIO = np.array([65.481, 128.553, 24.966], np.float64) / 255.0


class Grayscale(ImageStep):
    """Make one channel of three: the luma of ITU-R BT.601, [H, W, 1].

    Super-resolution models that take Y want either: `full` is Pillow's `L` and the Y of its
    `YCbCr`; `studio` is what MATLAB's `rgb2ycbcr` gives, on which most papers report.

    Example:
        preprocessing:
          - {type: grayscale}
          - {type: grayscale, y_of_ycbcr: studio}
    """

    y_of_ycbcr: Literal["full", "studio"] = "full"
    """Range of the result for pixels 0-255: `full` 0-255, `studio` 16-235."""

    def __call__(self, sample: Sample) -> Sample:
        """The sample with one channel; an image of one channel stays as it is with `full`.

        Raises:
            CalibrateError: the image is not RGB.
        """
        pixels = pixels_of(sample, self.input, "grayscale")
        if pixels.shape[2] == 1 and self.y_of_ycbcr == "full":
            return with_pixels(sample, self.input, pixels)
        if pixels.shape[2] != 3:
            raise CalibrateError(
                f"grayscale: an image of shape {pixels.shape} is not RGB", place(sample)
            )
        gray = _full(pixels) if self.y_of_ycbcr == "full" else _studio(pixels)
        return with_pixels(sample, self.input, gray[:, :, np.newaxis])


def _full(pixels: Pixels) -> Pixels:
    if pixels.dtype == np.uint8:
        return ((pixels @ _LUMA_FIXED + 0x8000) >> 16).astype(np.uint8)
    return _weighted(pixels, _LUMA, 0.0)


def _studio(pixels: Pixels) -> Pixels:
    return _weighted(pixels, _STUDIO, 16.0)


def _weighted(pixels: Pixels, weights: Pixels, offset: float) -> Pixels:
    value = pixels @ weights + offset
    if np.issubdtype(pixels.dtype, np.integer):
        return np.rint(value).astype(pixels.dtype)
    return value.astype(np.float32)
