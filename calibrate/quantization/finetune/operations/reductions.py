"""Reductions over axes, cumulative sums and top-k."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    axes_of,
    integers,
)

_REDUCTIONS: dict[str, Callable[[Tensor, list[int]], Tensor]] = {
    "ReduceL1": lambda values, axes: values.abs().sum(axes, keepdim=True),
    "ReduceL2": lambda values, axes: torch.sqrt((values**2).sum(axes, keepdim=True)),
    "ReduceMax": lambda values, axes: values.amax(axes, keepdim=True),
    "ReduceMean": lambda values, axes: values.mean(axes, keepdim=True),
    "ReduceMin": lambda values, axes: values.amin(axes, keepdim=True),
    "ReduceSum": lambda values, axes: values.sum(axes, keepdim=True),
}


def _one_by_one(function: Callable[..., Tensor]) -> Callable[[Tensor, list[int]], Tensor]:
    """Apply a function of one axis to several axes in turn."""

    def reduce(values: Tensor, axes: Sequence[int]) -> Tensor:
        for axis in axes:
            values = function(values, axis, keepdim=True)
        return values

    return reduce


_BY_AXIS: dict[str, Callable[..., Tensor]] = {
    "ReduceLogicalAnd": torch.all,
    "ReduceLogicalOr": torch.any,
    "ReduceProd": torch.prod,
}


def _without(values: Tensor, axes: Sequence[int]) -> Tensor:
    kept = [side for axis, side in enumerate(values.shape) if axis not in axes]
    return values.reshape(kept)


def _reduction(function: Callable[[Tensor, list[int]], Tensor]) -> Function:
    def reduce(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
        values = inputs[0]
        axes = axes_of(inputs[1], values.dim())
        reduced = function(values, axes) if axes else values
        return reduced if attributes["keep_dims"] else _without(reduced, axes)

    return reduce


def cumulative_sum(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`CumSum`."""
    values, axis = inputs[0], integers(inputs[1])[0]
    values = values.flip(axis) if attributes["reverse"] else values
    sums = values.cumsum(axis)
    sums = sums - values if attributes["exclusive"] else sums
    return sums.flip(axis) if attributes["reverse"] else sums


def top_k(attributes: Attributes, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """`TopK`: values and indices; ties are in PyTorch's order."""
    count = integers(inputs[1])[0]
    is_max = attributes["mode"] == "max"
    values, indices = torch.topk(inputs[0], count, int(attributes["axis"]), is_max)
    return values, indices


FUNCTIONS: dict[str, Function] = {
    **{kind: _reduction(function) for kind, function in _REDUCTIONS.items()},
    **{kind: _reduction(_one_by_one(function)) for kind, function in _BY_AXIS.items()},
    "CumSum": cumulative_sum,
    "TopK": top_k,
}
