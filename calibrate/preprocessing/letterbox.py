"""Step `letterbox`."""

from typing import Literal

from pydantic import model_validator

from calibrate.core.sample import Sample
from calibrate.preprocessing._lib.canvas import border_colour, enlarge
from calibrate.preprocessing._lib.pixels import SizedStep, pixels_of, place, with_pixels
from calibrate.preprocessing._lib.resampling import Interpolation, resample


class Letterbox(SizedStep):
    """Resize with the aspect kept and pad to the size, as for YOLO models.

    Defaults are those of the ultralytics models: sides rounded to the nearest pixel, border of
    114, an odd pixel of it to the right and the bottom, interpolation without antialiasing.
    Boxes come back to the source image through the sample's geometry.

    Example:
        preprocessing:
          - {type: letterbox, size: 640}
          - {type: letterbox, dst_height: 384, dst_width: 640, pad_type: right_bottom}
    """

    pad_type: Literal["center", "right_bottom"] = "center"
    """Position of the border."""
    pad_value: float | tuple[float, ...] = 114.0
    """Value of the border, in the unit of the pixels: one number, or one per channel."""
    scale_up: bool = True
    """False leaves images that already fit at their original size."""
    rounding: Literal["nearest", "floor"] = "nearest"
    """Rounding of the resized sides; YOLOX rounds down."""
    interpolation: Interpolation = "bilinear"
    """The filter."""
    antialias: bool = False
    """False: from four neighbours only, as OpenCV's linear. True: as Pillow."""

    @model_validator(mode="after")
    def _possible(self) -> "Letterbox":
        if self.target is None:
            raise ValueError("give size, or dst_height with dst_width")
        return self

    def __call__(self, sample: Sample) -> Sample:
        """The sample with its image fitted into the size.

        Raises:
            CalibrateError: `pad_value` does not fit the pixels.
        """
        pixels = pixels_of(sample, self.input, "letterbox")
        rows, columns = pixels.shape[:2]
        height, width = self.target or (rows, columns)
        ratio = min(height / rows, width / columns)
        if not self.scale_up:
            ratio = min(ratio, 1.0)
        inner_height, inner_width = self._side(rows * ratio), self._side(columns * ratio)
        resized = resample(
            pixels,
            inner_height,
            inner_width,
            interpolation=self.interpolation,
            antialias=self.antialias,
            where=place(sample),
        )
        corner = (0, 0)
        if self.pad_type == "center":
            corner = (height - inner_height) // 2, (width - inner_width) // 2
        colour = border_colour(self.pad_value, pixels, place(sample))
        boxed = enlarge(resized, height, width, corner=corner, colour=colour)
        geometry = sample.geometry and sample.geometry.resized(inner_height, inner_width).shifted(
            *corner, height, width
        )
        return with_pixels(sample, self.input, boxed, geometry)

    def _side(self, exact: float) -> int:
        # A ratio is rarely exact: 640 / 427 * 427 may fall short of 640 by the last bit.
        return max(1, round(exact) if self.rounding == "nearest" else int(exact + 1e-6))
