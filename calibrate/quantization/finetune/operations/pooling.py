"""Pooling over 1 to 3 dimensions of space."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    integers,
    padded,
    window_padding,
)

_MAX = {
    3: torch.nn.functional.max_pool1d,
    4: torch.nn.functional.max_pool2d,
    5: torch.nn.functional.max_pool3d,
}
_AVERAGE = {
    3: torch.nn.functional.avg_pool1d,
    4: torch.nn.functional.avg_pool2d,
    5: torch.nn.functional.avg_pool3d,
}
_ADAPTIVE: dict[int, Callable[..., Tensor]] = {
    3: torch.nn.functional.adaptive_avg_pool1d,
    4: torch.nn.functional.adaptive_avg_pool2d,
    5: torch.nn.functional.adaptive_avg_pool3d,
}
_ADAPTIVE_MAX: dict[int, Callable[..., Tensor]] = {
    3: torch.nn.functional.adaptive_max_pool1d,
    4: torch.nn.functional.adaptive_max_pool2d,
    5: torch.nn.functional.adaptive_max_pool3d,
}


def _geometry(
    attributes: Attributes, size: Sequence[int]
) -> tuple[list[int], list[int], list[int], list[int]]:
    """Padding before and behind, what `ceil` adds behind, and dilations."""
    kernel, strides = list(attributes["kernel"]), list(attributes["strides"])
    dilations = list(attributes.get("dilations") or [1] * len(kernel))
    window = [(side - 1) * step + 1 for side, step in zip(kernel, dilations, strict=True)]
    begin, end = window_padding(attributes, size, window)
    more = [0] * len(kernel)
    if str(attributes["rounding_type"]).lower().startswith("ceil"):
        for axis, length in enumerate(size):
            whole = length + begin[axis] + end[axis] - window[axis]
            steps = -(-whole // strides[axis])
            if "torch" in str(attributes["rounding_type"]).lower() and (
                steps * strides[axis] >= length + begin[axis]
            ):
                steps -= 1  # the last window would begin in the padding behind
            more[axis] = max(steps * strides[axis] - whole, 0)
    return begin, end, more, dilations


def max_pool(attributes: Attributes, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """`MaxPool`; its second output, the places, is not computed and comes back empty."""
    values = inputs[0]
    begin, end, more, dilations = _geometry(attributes, values.shape[2:])
    behind = [last + extra for last, extra in zip(end, more, strict=True)]
    values = padded(values, begin, behind, float("-inf"))
    pool = _MAX[values.dim()]
    pooled = pool(values, list(attributes["kernel"]), list(attributes["strides"]), 0, dilations)
    return pooled, torch.empty(0)


def average_pool(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`AvgPool`, with the padding counted or not."""
    values = inputs[0]
    begin, end, more, dilations = _geometry(attributes, values.shape[2:])
    if any(step != 1 for step in dilations):
        raise NotImplementedError("AvgPool with dilations")
    kernel, strides = list(attributes["kernel"]), list(attributes["strides"])
    behind = [last + extra for last, extra in zip(end, more, strict=True)]
    pool = _AVERAGE[values.dim()]
    sums = pool(padded(values, begin, behind), kernel, strides)
    ones = torch.ones_like(values[:1, :1])
    if not attributes.get("exclude-pad", True):
        ones = padded(ones, begin, end, 1.0)
        begin, behind = [0] * len(begin), more
    counted = pool(padded(ones, begin, behind), kernel, strides)
    return sums / counted


def adaptive_average_pool(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`AdaptiveAvgPool`."""
    return _ADAPTIVE[inputs[0].dim()](inputs[0], integers(inputs[1]))


def adaptive_max_pool(_: Attributes, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """`AdaptiveMaxPool`; places as `MaxPool`."""
    return _ADAPTIVE_MAX[inputs[0].dim()](inputs[0], integers(inputs[1])), torch.empty(0)


FUNCTIONS: dict[str, Function] = {
    "AdaptiveAvgPool": adaptive_average_pool,
    "AdaptiveMaxPool": adaptive_max_pool,
    "AvgPool": average_pool,
    "MaxPool": max_pool,
}
