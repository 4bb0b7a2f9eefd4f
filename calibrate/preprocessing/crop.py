"""Step `crop`."""

from typing import Literal

from pydantic import Field, model_validator

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import SizedStep, pixels_of, place, with_pixels


class Crop(SizedStep):
    """Cut the centre out of the image.

    Example:
        preprocessing:
          - {type: crop, size: 224}
          - {type: crop, central_fraction: 0.875}
    """

    central_fraction: float | None = Field(default=None, gt=0, le=1)
    """Share of the height and of the width that is kept, 0-1; sizes are rounded down."""
    max_square: bool = False
    """Whether the largest square is cut."""
    rounding: Literal["floor", "half_even"] = "floor"
    """Rounding of half of an odd margin: `floor` as the Accuracy Checker, `half_even` as
    torchvision."""

    @model_validator(mode="after")
    def _possible(self) -> "Crop":
        given = [self.target is not None, self.central_fraction is not None, self.max_square]
        if sum(given) != 1:
            raise ValueError(
                "give one of: size, dst_height with dst_width, central_fraction, max_square"
            )
        return self

    def __call__(self, sample: Sample) -> Sample:
        """The sample with the centre of its image.

        Raises:
            CalibrateError: the image is smaller than the crop.
        """
        pixels = pixels_of(sample, self.input, "crop")
        rows, columns = pixels.shape[:2]
        height, width = self._size_for(rows, columns)
        if height > rows or width > columns:
            raise CalibrateError(
                f"crop: {height} x {width} is larger than the image, {rows} x {columns}",
                place(sample),
                "put a resize or a padding before it",
            )
        top, left = self._half(rows - height), self._half(columns - width)
        cut = pixels[top : top + height, left : left + width].copy()
        geometry = sample.geometry and sample.geometry.shifted(-top, -left, height, width)
        return with_pixels(sample, self.input, cut, geometry)

    def _size_for(self, rows: int, columns: int) -> tuple[int, int]:
        if self.max_square:
            return min(rows, columns), min(rows, columns)
        if self.central_fraction is not None:
            share = self.central_fraction
            return max(1, int(rows * share)), max(1, int(columns * share))
        return self.target or (rows, columns)

    def _half(self, margin: int) -> int:
        return margin // 2 if self.rounding == "floor" else round(margin / 2)
