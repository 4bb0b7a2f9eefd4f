"""Decoder `super_resolution`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Outputs
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import frozen, normalized_squared_error, sampled
from calibrate.decoders._lib.outputs import Shape, pick, pick_shape, place
from calibrate.errors import CalibrateError

# Values kept of an image for the divergence: 256 KB of float32.
_KEPT = 65536


class SuperResolution(Component):
    """An image that the model makes: super-resolution, denoising, style.

    Divergence: squared error over the sum of squares of FP32, of up to 65536 evenly spaced values.

    Example:
        decoder: {type: super_resolution, scale: 255}
    """

    output: str | None = None
    """Name of the output with the image, where the model has several."""
    layout: Literal["auto", "CHW", "HWC", "HW"] = "auto"
    """Order of the dimensions; `auto` takes a dimension of 1 or 3 for the channels."""
    channels: Literal["RGB", "BGR"] = "RGB"
    """Order of three channels."""
    scale: float = 255.0
    """Factor that converts the output to pixels 0-255: 255 for 0-1, 127.5 for -1-1."""
    offset: float = 0.0
    """Value that is added after the multiplication: 127.5 for outputs of -1-1."""

    def predict(self, outputs: Outputs, facts: Facts) -> ImageOutput:
        """The image clipped to 0-255, [H, W] or [H, W, 3] float32 RGB; not rounded."""
        where = place(facts)
        name, values = pick(outputs, self.output, where)
        order = _order(values.shape) if self.layout == "auto" else self.layout
        if order is None:
            raise CalibrateError(
                f"output '{name}' of shape {values.shape} is not clearly an image",
                where,
                "set the decoder's `layout`",
            )
        image = _channels_last(values, order)
        if image is None:
            raise CalibrateError(
                f"output '{name}' of shape {values.shape} is no image {order} of 1 or 3 channels",
                where,
            )
        if image.ndim == 3 and self.channels == "BGR":
            image = image[:, :, ::-1]
        pixels = image.astype(np.float32) * np.float32(self.scale) + np.float32(self.offset)
        return ImageOutput(np.clip(pixels, 0.0, 255.0))

    def signature(self, outputs: Outputs) -> Outputs:
        """Values of the output, flat, in its dtype."""
        return frozen({"values": sampled(pick(outputs, self.output)[1], _KEPT)})

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """Normalised squared error."""
        values = sampled(pick(outputs, self.output)[1], _KEPT)
        return normalized_squared_error(reference["values"], values)

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """Outputs that are no image."""
        shape, problems = pick_shape(shapes, self.output)
        if shape is None:
            return problems
        if self.layout == "auto" and _order(shape) is None:
            return [f"an output of shape {list(shape)} is not clearly an image: set `layout`"]
        if self.layout != "auto" and not 2 <= len(shape) <= 4:
            return [f"an output of shape {list(shape)} is not an image {self.layout}"]
        return []


def _without_ones(shape: Shape, wanted: int) -> Shape:
    first = 0
    while len(shape) - first > wanted and shape[first] == 1:
        first += 1
    return shape[first:]


def _order(shape: Shape) -> Literal["CHW", "HWC", "HW"] | None:
    core = _without_ones(shape, 3)
    if len(core) == 2:
        return "HW"
    if len(core) != 3:
        return None
    first, last = core[0] in (1, 3), core[2] in (1, 3)
    if first == last:
        return None
    return "CHW" if first else "HWC"


def _channels_last(values: NDArray[Any], order: Literal["CHW", "HWC", "HW"]) -> NDArray[Any] | None:
    core = _without_ones(values.shape, len(order))
    if len(core) != len(order):
        return None
    image = values.reshape(core)
    if order == "HW":
        return image
    if order == "CHW":
        image = image.transpose(1, 2, 0)
    if image.shape[2] == 1:
        return image[:, :, 0]
    return image if image.shape[2] == 3 else None
