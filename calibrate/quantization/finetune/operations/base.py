"""Common parts of all operations: their signature, integer inputs and padding."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

Attributes = Mapping[str, Any]
Function = Callable[[Attributes, Sequence[Tensor]], Tensor | Sequence[Tensor]]
"""From OpenVINO's attributes and the inputs to the output, or to a sequence of outputs."""


def integers(tensor: Tensor) -> list[int]:
    """Convert an input of axes, sizes or indices to a list."""
    return [int(value) for value in tensor.reshape(-1).tolist()]


def axes_of(tensor: Tensor, rank: int) -> list[int]:
    """Return non-negative axes; a negative input counts from the end."""
    return [axis % rank for axis in integers(tensor)] if rank else []


def padded(tensor: Tensor, begin: Sequence[int], end: Sequence[int], value: float = 0.0) -> Tensor:
    """Constant padding of the last `len(begin)` dimensions; negative padding crops."""
    if not any((*begin, *end)):
        return tensor
    sides = [side for pair in zip(reversed(begin), reversed(end), strict=True) for side in pair]
    return torch.nn.functional.pad(tensor, sides, value=value)


def window_padding(
    attributes: Attributes, size: Sequence[int], window: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return the padding of a convolution or pooling, with `auto_pad` applied.

    Args:
        attributes: with `auto_pad`, `strides`, `pads_begin` and `pads_end`.
        size: of the input along the spatial dimensions.
        window: extent of the kernel, dilation included.
    """
    kind = attributes.get("auto_pad", "explicit")
    if kind == "valid":
        return [0] * len(size), [0] * len(size)
    if kind not in ("same_upper", "same_lower"):
        return list(attributes["pads_begin"]), list(attributes["pads_end"])
    begin, end = [], []
    for length, extent, stride in zip(size, window, attributes["strides"], strict=True):
        total = max((-(-length // stride) - 1) * stride + extent - length, 0)
        small, large = total // 2, total - total // 2
        begin.append(small if kind == "same_upper" else large)
        end.append(large if kind == "same_upper" else small)
    return begin, end
