"""What the preprocessing steps share: the pixels of one input, in and out of a sample."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from calibrate.core.component import Component
from calibrate.core.sample import IMAGE, Geometry, Sample
from calibrate.errors import CalibrateError

Pixels = NDArray[Any]
"""[H, W, C] of any numeric dtype; adapters of images deliver uint8 RGB."""


class ImageStep(Component):
    """A step that changes the pixels of one input."""

    input: str = IMAGE
    """Key of the sample's data that is changed; `image` for adapters of images."""


class SizedStep(ImageStep):
    """A step with a height and a width to reach."""

    size: int | None = Field(default=None, ge=1)
    """Height and width in pixels, where both are the same."""
    dst_height: int | None = Field(default=None, ge=1)
    """Height in pixels; needs `dst_width`, excludes `size`."""
    dst_width: int | None = Field(default=None, ge=1)
    """Width in pixels; needs `dst_height`, excludes `size`."""

    @model_validator(mode="after")
    def _one_size(self) -> "SizedStep":
        if (self.dst_height is None) != (self.dst_width is None):
            raise ValueError("dst_height and dst_width go together; `size` is for a square")
        if self.size is not None and self.dst_height is not None:
            raise ValueError("give either size, or dst_height and dst_width")
        return self

    @property
    def target(self) -> tuple[int, int] | None:
        """Height and width in pixels, or None where neither is given."""
        if self.size is not None:
            return self.size, self.size
        if self.dst_height is None or self.dst_width is None:
            return None
        return self.dst_height, self.dst_width


def place(sample: Sample) -> str:
    """Where a problem with the sample is: its file, or its id."""
    return sample.source or sample.id


def array_of(sample: Sample, key: str, step: str) -> NDArray[Any]:
    """The array that a step works on.

    Raises:
        CalibrateError: the sample has no such key.
    """
    if key not in sample.data:
        known = ", ".join(sorted(sample.data)) or "none"
        raise CalibrateError(
            f"{step}: the sample has no data '{key}'", place(sample), f"its data: {known}"
        )
    return sample.data[key]


def pixels_of(sample: Sample, key: str, step: str) -> Pixels:
    """The pixels that a step works on: [H, W, C]; [H, W] counts as one channel.

    Raises:
        CalibrateError: the data is missing, is no image, is empty, or has its channels first.
    """
    array = array_of(sample, key, step)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.size == 0:
        raise CalibrateError(
            f"{step}: '{key}' of shape {array.shape} is not an image [H, W, C]", place(sample)
        )
    if array.shape[0] in (1, 3, 4) and array.shape[2] > 4 and array.shape[1] > 4:
        raise CalibrateError(
            f"{step}: '{key}' of shape {array.shape} has its channels first",
            place(sample),
            "put {type: layout, order: CHW->HWC} before this step",
        )
    return array


def with_array(sample: Sample, key: str, array: NDArray[Any]) -> Sample:
    """The sample with another array under the key, everything else as it was."""
    return replace(sample, data={**sample.data, key: array})


def with_pixels(
    sample: Sample, key: str, pixels: Pixels, geometry: Geometry | None = None
) -> Sample:
    """The sample with other pixels; the geometry is that of `data["image"]` and of no other."""
    changed = with_array(sample, key, pixels)
    return replace(changed, geometry=geometry) if geometry and key == IMAGE else changed


def with_reversed_channels(sample: Sample, name: str, step: str) -> Sample:
    """Return the sample with the channels of an image in reverse order.

    Args:
        sample: with the image.
        name: of the image's input.
        step: for messages.

    Raises:
        CalibrateError: the image does not have three channels.
    """
    pixels = pixels_of(sample, name, step)
    if pixels.shape[2] != 3:
        raise CalibrateError(
            f"{step}: an image of shape {pixels.shape} has not three channels", place(sample)
        )
    return with_pixels(sample, name, np.ascontiguousarray(pixels[:, :, ::-1]))
