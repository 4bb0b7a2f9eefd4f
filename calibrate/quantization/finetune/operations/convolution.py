"""Convolutions and transposed convolutions, with and without groups, over 1 to 3 dimensions."""

from collections.abc import Sequence

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    integers,
    padded,
    window_padding,
)

_FORWARD = {
    3: torch.nn.functional.conv1d,
    4: torch.nn.functional.conv2d,
    5: torch.nn.functional.conv3d,
}
_TRANSPOSED = {
    3: torch.nn.functional.conv_transpose1d,
    4: torch.nn.functional.conv_transpose2d,
    5: torch.nn.functional.conv_transpose3d,
}


def _windows(kernel: Sequence[int], dilations: Sequence[int]) -> list[int]:
    return [(side - 1) * step + 1 for side, step in zip(kernel, dilations, strict=True)]


def _convolve(attributes: Attributes, values: Tensor, weights: Tensor, groups: int) -> Tensor:
    dilations = list(attributes["dilations"])
    window = _windows(weights.shape[2:], dilations)
    begin, end = window_padding(attributes, values.shape[2:], window)
    strides = list(attributes["strides"])
    if begin == end:
        padding = begin
    else:
        values, padding = padded(values, begin, end), [0] * len(begin)
    forward = _FORWARD[values.dim()]
    return forward(values, weights, None, strides, padding, dilations, groups)


def convolution(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Convolution`: weights [out, in, ...]."""
    return _convolve(attributes, inputs[0], inputs[1], 1)


def group_convolution(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`GroupConvolution`: weights [groups, out, in, ...]."""
    weights = inputs[1]
    flat = weights.reshape(-1, *weights.shape[2:])
    return _convolve(attributes, inputs[0], flat, weights.shape[0])


def _transpose(
    attributes: Attributes, inputs: Sequence[Tensor], weights: Tensor, groups: int
) -> Tensor:
    dilations, strides = list(attributes["dilations"]), list(attributes["strides"])
    values = inputs[0]
    whole = _TRANSPOSED[values.dim()](values, weights, None, strides, 0, 0, groups, dilations)
    extra = list(attributes.get("output_padding") or [0] * len(strides))
    grown = [length + more for length, more in zip(whole.shape[2:], extra, strict=True)]
    kind = attributes.get("auto_pad", "explicit")
    if len(inputs) > 2:
        # The output's size is an input: what is too much is cut off.
        totals = [have - want for have, want in zip(grown, integers(inputs[2]), strict=True)]
        begin = _cut_in_front(kind, totals, attributes)
        end = [total - first for total, first in zip(totals, begin, strict=True)]
    elif kind == "explicit":
        begin, end = list(attributes["pads_begin"]), list(attributes["pads_end"])
    else:
        # Without a size of the output there is nothing that padding could be chosen by.
        begin = end = [0] * len(strides)
    cut = [more - last for more, last in zip(extra, end, strict=True)]
    return padded(whole, [-first for first in begin], cut)


def _cut_in_front(kind: str, totals: Sequence[int], attributes: Attributes) -> list[int]:
    if kind == "same_upper":
        return [total - total // 2 for total in totals]
    if kind == "same_lower":
        return [total // 2 for total in totals]
    return list(attributes["pads_begin"])


def transposed_convolution(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`ConvolutionBackpropData`: weights [in, out, ...]; a third input is the output's size."""
    return _transpose(attributes, inputs, inputs[1], 1)


def transposed_group_convolution(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`GroupConvolutionBackpropData`: weights [groups, in, out, ...]."""
    weights = inputs[1]
    flat = weights.reshape(-1, *weights.shape[2:])
    return _transpose(attributes, inputs, flat, weights.shape[0])


FUNCTIONS: dict[str, Function] = {
    "Convolution": convolution,
    "GroupConvolution": group_convolution,
    "ConvolutionBackpropData": transposed_convolution,
    "GroupConvolutionBackpropData": transposed_group_convolution,
}
