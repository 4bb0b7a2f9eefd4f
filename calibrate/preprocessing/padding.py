"""Step `padding`."""

from typing import Literal

from pydantic import Field, model_validator

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.canvas import PadMode, border_colour, enlarge
from calibrate.preprocessing._lib.pixels import SizedStep, pixels_of, place, with_pixels


class Padding(SizedStep):
    """Enlarge the canvas to a size, to a multiple of a stride, or both.

    Example:
        preprocessing:
          - {type: padding, stride: 32, pad_type: right_bottom}
          - {type: padding, size: 640, pad_value: [104, 117, 124]}
    """

    stride: int | None = Field(default=None, ge=1)
    """Height and width become multiples of it, in pixels."""
    pad_type: Literal["center", "left_top", "right_bottom"] = "center"
    """Position of the border; with `center` an odd pixel is at the right and the bottom."""
    pad_value: float | tuple[float, ...] = 0.0
    """Value of the border, in the unit of the pixels: one number, or one per channel."""
    pad_mode: PadMode = "constant"
    """`constant`: `pad_value`; `edge`: the outermost pixels; `reflect`: the image mirrored."""

    @model_validator(mode="after")
    def _possible(self) -> "Padding":
        if self.target is None and self.stride is None:
            raise ValueError("give size, dst_height with dst_width, stride, or size and stride")
        return self

    def __call__(self, sample: Sample) -> Sample:
        """The sample with its image on the larger canvas.

        Raises:
            CalibrateError: the image is larger than the canvas, or `pad_value` does not fit it.
        """
        pixels = pixels_of(sample, self.input, "padding")
        rows, columns = pixels.shape[:2]
        height, width = (self._rounded_up(side) for side in self.target or (rows, columns))
        if height < rows or width < columns:
            raise CalibrateError(
                f"padding: the image, {rows} x {columns}, is larger than {height} x {width}",
                place(sample),
                "put a resize before it, or use letterbox",
            )
        corner = self._corner(height - rows, width - columns)
        colour = border_colour(self.pad_value, pixels, place(sample))
        padded = enlarge(pixels, height, width, corner=corner, colour=colour, mode=self.pad_mode)
        geometry = sample.geometry and sample.geometry.shifted(*corner, height, width)
        return with_pixels(sample, self.input, padded, geometry)

    def _rounded_up(self, side: int) -> int:
        return side if self.stride is None else -(-side // self.stride) * self.stride

    def _corner(self, spare_height: int, spare_width: int) -> tuple[int, int]:
        if self.pad_type == "center":
            return spare_height // 2, spare_width // 2
        if self.pad_type == "left_top":
            return spare_height, spare_width
        return 0, 0
