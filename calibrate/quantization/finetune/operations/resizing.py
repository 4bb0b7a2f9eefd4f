"""Interpolation of images to another size."""

from collections.abc import Sequence
from math import floor

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    axes_of,
)

_CUBIC_TAPS = 4


def interpolate(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Interpolate` (opset 4 and 11): nearest, linear and cubic, one axis after the other.

    Raises:
        NotImplementedError: antialiasing, padding, or another mode.
    """
    if attributes.get("antialias") or any(
        (*(attributes.get("pads_begin") or ()), *(attributes.get("pads_end") or ()))
    ):
        raise NotImplementedError("Interpolate with antialiasing or padding")
    values = inputs[0]
    axes = axes_of(inputs[-1], values.dim()) if _has_axes(inputs) else list(range(values.dim()))
    by_scales = str(attributes["shape_calculation_mode"]).lower() == "scales"
    wanted = _wanted(inputs)
    for axis, given in zip(axes, wanted, strict=True):
        length = values.shape[axis]
        size = floor(length * given + 1e-6) if by_scales else int(given)
        scale = float(given) if by_scales else size / length
        if size == length and scale == 1.0:
            continue
        values = _along(values, axis, (size, scale), attributes)
    return values


def _has_axes(inputs: Sequence[Tensor]) -> bool:
    """Opset 4 has sizes, scales and axes; opset 11 sizes or scales, and axes."""
    return len(inputs) == 4 or (len(inputs) == 3 and not inputs[2].is_floating_point())


def _wanted(inputs: Sequence[Tensor]) -> list[float]:
    tensors = inputs[1:-1] if _has_axes(inputs) else inputs[1:]
    return [float(value) for value in tensors[-1].reshape(-1).tolist()]


def _coordinates(size: int, length: int, scale: float, attributes: Attributes) -> Tensor:
    """Where each output stands among the inputs, [size]."""
    places = torch.arange(size, dtype=torch.float32)
    mode = str(attributes["coordinate_transformation_mode"]).lower()
    if mode == "align_corners":
        return places * ((length - 1) / (size - 1)) if size > 1 else places * 0
    if mode == "asymmetric":
        return places / scale
    if mode == "tf_half_pixel_for_nn":
        return (places + 0.5) / scale
    if mode == "pytorch_half_pixel" and size == 1:
        return places * 0
    return (places + 0.5) / scale - 0.5


def _along(values: Tensor, axis: int, target: tuple[int, float], attributes: Attributes) -> Tensor:
    size, scale = target
    length = values.shape[axis]
    places = _coordinates(size, length, scale, attributes)
    mode = str(attributes["mode"]).lower()
    if mode == "nearest":
        index = _nearest(places, str(attributes["nearest_mode"]).lower(), scale)
        return values.index_select(axis, index.clamp(0, length - 1).long().to(values.device))
    if mode in ("linear", "linear_onnx"):
        places = places.clamp(0, length - 1)
        first = places.floor().clamp(max=max(length - 2, 0))
        fraction = (places - first).to(values.device)
        shape = [1] * values.dim()
        shape[axis] = size
        fraction = fraction.reshape(shape)
        low = first.long().to(values.device)
        high = (low + 1).clamp(max=length - 1)
        return values.index_select(axis, low) * (1 - fraction) + (
            values.index_select(axis, high) * fraction
        )
    if mode == "cubic":
        return _cubic(values, axis, places, float(attributes["cube_coeff"]))
    raise NotImplementedError(f"Interpolate of mode {mode}")


def _nearest(places: Tensor, mode: str, scale: float) -> Tensor:
    if mode == "round_prefer_floor":
        return torch.ceil(places - 0.5)
    if mode == "round_prefer_ceil":
        return torch.floor(places + 0.5)
    if mode == "ceil":
        return torch.ceil(places)
    if mode == "simple" and scale < 1:
        return torch.ceil(places)
    return torch.floor(places)


def _cubic(values: Tensor, axis: int, places: Tensor, coefficient: float) -> Tensor:
    """Keys' kernel with the given coefficient; places outside take the edge's value."""
    length, base = values.shape[axis], places.floor()
    shape = [1] * values.dim()
    shape[axis] = len(places)
    total = torch.zeros_like(values.index_select(axis, base.long().clamp(0, 0).to(values.device)))
    for tap in range(-1, _CUBIC_TAPS - 1):
        distance = (places - (base + tap)).abs()
        near = ((coefficient + 2) * distance - (coefficient + 3)) * distance**2 + 1
        far = coefficient * (((distance - 5) * distance + 8) * distance - 4)
        weight = torch.where(distance <= 1, near, far).reshape(shape).to(values.device)
        index = (base + tap).clamp(0, length - 1).long().to(values.device)
        total = total + values.index_select(axis, index) * weight
    return total


FUNCTIONS: dict[str, Function] = {"Interpolate": interpolate}
