"""Step `resize`."""

from collections.abc import Callable
from typing import Literal

from pydantic import Field, model_validator

from calibrate.core.sample import Sample
from calibrate.preprocessing._lib.pixels import SizedStep, pixels_of, place, with_pixels
from calibrate.preprocessing._lib.resampling import Interpolation, resample

AspectRatioScale = Literal["width", "height", "greater", "fit_to_window"]


class Resize(SizedStep):
    """Resize the image to a size, or to a shorter or longer side with its aspect kept.

    The other side of a kept aspect is rounded down, as the Accuracy Checker and torchvision do.

    Example:
        preprocessing:
          - {type: resize, shorter_side: 256}
          - {type: resize, dst_height: 240, dst_width: 320, interpolation: bicubic}
          - {type: resize, size: 512, aspect_ratio_scale: fit_to_window}
    """

    shorter_side: int | None = Field(default=None, ge=1)
    """Pixels of the shorter side, aspect kept; the same as `size` with `greater`."""
    longer_side: int | None = Field(default=None, ge=1)
    """Pixels of the longer side, aspect kept; the same as `size` with `fit_to_window`."""
    aspect_ratio_scale: AspectRatioScale | None = None
    """Aspect kept: `width`: the height is reached and the width follows; `height`: the reverse;
    `greater`: the shorter side is reached; `fit_to_window`: the largest that fits."""
    interpolation: Interpolation = "bilinear"
    """The filter; `area` averages the pixels that fall together."""
    antialias: bool = True
    """True: as Pillow. False: from four neighbours only, as OpenCV's linear resize, of bytes to
    the bit (`bilinear` only)."""

    @model_validator(mode="after")
    def _possible(self) -> "Resize":
        given = [self.target, self.shorter_side, self.longer_side]
        if sum(value is not None for value in given) != 1:
            raise ValueError(
                "give one of: size, dst_height with dst_width, shorter_side, longer_side"
            )
        if self.aspect_ratio_scale and self.target is None:
            raise ValueError("aspect_ratio_scale goes with size, or dst_height and dst_width")
        if not self.antialias and self.interpolation != "bilinear":
            raise ValueError("antialias: false is for interpolation: bilinear")
        return self

    def __call__(self, sample: Sample) -> Sample:
        """The sample with its image resized and its geometry with it."""
        pixels = pixels_of(sample, self.input, "resize")
        height, width = self._size_for(pixels.shape[0], pixels.shape[1])
        resized = resample(
            pixels,
            height,
            width,
            interpolation=self.interpolation,
            antialias=self.antialias,
            where=place(sample),
        )
        geometry = sample.geometry and sample.geometry.resized(height, width)
        return with_pixels(sample, self.input, resized, geometry)

    def _size_for(self, rows: int, columns: int) -> tuple[int, int]:
        if self.shorter_side:
            return _greater(rows, columns, (self.shorter_side, self.shorter_side))
        if self.longer_side:
            return _fit(rows, columns, (self.longer_side, self.longer_side))
        target = self.target or (rows, columns)
        if self.aspect_ratio_scale is None:
            return target
        return _RULES[self.aspect_ratio_scale](rows, columns, target)


def _width(rows: int, columns: int, target: tuple[int, int]) -> tuple[int, int]:
    return target[0], max(1, target[0] * columns // rows)


def _height(rows: int, columns: int, target: tuple[int, int]) -> tuple[int, int]:
    return max(1, target[1] * rows // columns), target[1]


def _greater(rows: int, columns: int, target: tuple[int, int]) -> tuple[int, int]:
    follow = _height if rows > columns else _width
    return follow(rows, columns, target)


def _fit(rows: int, columns: int, target: tuple[int, int]) -> tuple[int, int]:
    # Compared as products of integers, so that the limiting side is reached exactly.
    follow = _width if target[0] * columns <= target[1] * rows else _height
    return follow(rows, columns, target)


_RULES: dict[AspectRatioScale, Callable[[int, int, tuple[int, int]], tuple[int, int]]] = {
    "width": _width,
    "height": _height,
    "greater": _greater,
    "fit_to_window": _fit,
}
