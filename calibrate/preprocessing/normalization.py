"""Step `normalization`."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import ImageStep, pixels_of, place, with_pixels

Numbers = float | tuple[float, ...]
Preset = Literal["unit", "tf", "imagenet", "caffe", "cifar10", "clip"]

# Mean and standard deviation of pixels 0-255, in RGB but for `caffe`, whose models take BGR.
PRESETS: dict[Preset, tuple[Numbers, Numbers]] = {
    "unit": (0.0, 255.0),
    "tf": (127.5, 127.5),
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "caffe": ((103.939, 116.779, 123.68), 1.0),
    "cifar10": ((125.307, 122.961, 113.8575), (62.985, 62.118, 66.708)),
    "clip": (
        (122.7709383, 116.7460125, 104.09373615),
        (68.5005327, 66.6321579, 70.32316305),
    ),
}


class Normalization(ImageStep):
    """Map the pixels to the range that the model was trained on: (x / scale - mean) / std.

    Example:
        preprocessing:
          - {type: normalization, preset: imagenet}
          - {type: normalization, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]}
          - {type: normalization, scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
    """  # noqa: E501 - the example is a line of YAML

    mean: Numbers = 0.0
    """Value that is subtracted: one number, or one per channel in the current channel order."""
    std: Numbers = 1.0
    """Divisor of the difference: one number, or one per channel."""
    scale: float = Field(default=1.0, gt=0)
    """Divisor of the pixels before the subtraction: 255 if mean and std are given for 0-1."""
    preset: Preset | None = None
    """Instead of the three, for pixels 0-255: `unit` to 0-1; `tf` to -1-1; `imagenet` mean and
    deviation in RGB; `caffe` ImageNet mean in BGR; `cifar10` and `clip` in RGB."""

    @field_validator("std")
    @classmethod
    def _no_zero(cls, value: Numbers) -> Numbers:
        if not np.all(np.asarray(value) > 0):
            raise ValueError("a std has to be greater than 0")
        return value

    @field_validator("mean", "std")
    @classmethod
    def _some(cls, value: Numbers) -> Numbers:
        if np.size(value) == 0 or not np.all(np.isfinite(value)):
            raise ValueError("give one finite number, or one for each channel")
        return value

    @model_validator(mode="after")
    def _possible(self) -> "Normalization":
        # A recorded config states every key: one at its default says nothing.
        fields = type(self).model_fields
        given = {n for n in ("mean", "std", "scale") if getattr(self, n) != fields[n].default}
        if self.preset is not None and given:
            raise ValueError(f"preset '{self.preset}' replaces {', '.join(sorted(given))}")
        if self.preset is None and not given:
            raise ValueError("give mean, std, scale or preset")
        return self

    def __call__(self, sample: Sample) -> Sample:
        """The sample with a float32 image.

        Raises:
            CalibrateError: mean or std has a number of values that is not that of the channels,
                or a preset for 8 bits meets 16.
        """
        pixels = pixels_of(sample, self.input, "normalization")
        if self.preset is not None and pixels.dtype == np.uint16:
            raise CalibrateError(
                f"normalization: preset '{self.preset}' is for pixels 0-255, these have 16 bits",
                place(sample),
                "put {type: window, bits: 12} before it, or give mean and std of the 16-bit values",
            )
        mean, std = PRESETS[self.preset] if self.preset else (self.mean, self.std)
        shift = _per_channel("mean", mean, pixels.shape[2], sample) * self.scale
        divisor = _per_channel("std", std, pixels.shape[2], sample) * self.scale
        normalized = np.subtract(pixels, shift.astype(np.float32), dtype=np.float32)
        normalized /= divisor.astype(np.float32)
        return with_pixels(sample, self.input, normalized)


def _per_channel(name: str, value: Numbers, channels: int, sample: Sample) -> NDArray[np.float64]:
    values = np.atleast_1d(np.asarray(value, np.float64))
    if values.size not in (1, channels):
        raise CalibrateError(
            f"normalization: {name} has {values.size} values for an image of {channels} channels",
            place(sample),
        )
    return values
