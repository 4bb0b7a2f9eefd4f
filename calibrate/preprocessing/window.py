"""Step `window`."""

import numpy as np
from pydantic import Field, model_validator

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import ImageStep, array_of, place, with_array


class Window(ImageStep):
    """Map a range of values to another, 0-255, and cut off what lies outside: CT windows, 12 bits.

    Takes arrays of any shape, volumes too. CT windows are given by centre and width in Hounsfield
    units: 40 and 400 for soft tissue, -600 and 1500 for lung.

    Example:
        preprocessing:
          - {type: window, bits: 12}
          - {type: window, low: 500, high: 3500}
          - {type: window, center: 40, width: 400, to: [0, 1]}
    """

    bits: int | None = Field(default=None, ge=1, le=16)
    """The range from 0 to 2^bits - 1."""
    low: float | None = None
    """The lowest value of the range."""
    high: float | None = None
    """The highest value of the range."""
    center: float | None = None
    """The middle of the range, with `width`."""
    width: float | None = Field(default=None, gt=0)
    """The length of the range, with `center`."""
    to: tuple[float, float] = (0.0, 255.0)
    """Outputs for the lowest and the highest value, float32; presets of `normalization` expect 0 to
    255."""

    @model_validator(mode="after")
    def _one_range(self) -> "Window":
        pairs = ((self.low, self.high), (self.center, self.width))
        if any((first is None) != (second is None) for first, second in pairs):
            raise ValueError("low and high go together, and so do center and width")
        given = [self.bits, self.low, self.center]
        if sum(value is not None for value in given) != 1:
            raise ValueError("give one of: bits, low with high, center with width")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError("high has to be greater than low")
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and highest value of the window."""
        if self.bits is not None:
            return 0.0, float((1 << self.bits) - 1)
        if self.center is not None and self.width is not None:
            return self.center - self.width / 2, self.center + self.width / 2
        return self.low or 0.0, self.high or 0.0

    def __call__(self, sample: Sample) -> Sample:
        """The sample with the values of one input mapped.

        Raises:
            CalibrateError: the array holds no numbers.
        """
        array = array_of(sample, self.input, "window")
        if array.dtype.kind not in "biuf":
            raise CalibrateError(f"window: '{self.input}' holds {array.dtype}", place(sample))
        low, high = self.limits
        shares = (array.astype(np.float32) - np.float32(low)) / np.float32(high - low)
        first, last = (np.float32(value) for value in self.to)
        return with_array(sample, self.input, np.clip(shares, 0, 1) * (last - first) + first)
