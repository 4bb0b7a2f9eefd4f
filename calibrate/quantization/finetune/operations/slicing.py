"""Operations that cut and split values."""

from collections.abc import Sequence

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    integers,
)


def split(attributes: Attributes, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
    """`Split` into equal parts."""
    axis = integers(inputs[1])[0]
    size = inputs[0].shape[axis] // int(attributes["num_splits"])
    return torch.split(inputs[0], size, axis)


def variadic_split(_: Attributes, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
    """`VariadicSplit`; a length of -1 takes what is left."""
    axis, lengths = integers(inputs[1])[0], integers(inputs[2])
    left = inputs[0].shape[axis] - sum(length for length in lengths if length >= 0)
    return torch.split(inputs[0], [left if length < 0 else length for length in lengths], axis)


def slice_steps(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Slice`: start, stop, step and, if given, axes."""
    values = inputs[0]
    starts, stops, steps = (integers(tensor) for tensor in inputs[1:4])
    axes = integers(inputs[4]) if len(inputs) > 4 else list(range(len(starts)))
    for axis, start, stop, step in zip(axes, starts, stops, steps, strict=True):
        values = _strided(values, axis % values.dim(), slice(start, stop, step))
    return values


def _strided(values: Tensor, axis: int, cut: slice) -> Tensor:
    places = range(*cut.indices(values.shape[axis]))
    if places.step == 1:
        return values.narrow(axis, places.start if places else 0, len(places))
    index = torch.tensor(list(places), dtype=torch.int64, device=values.device)
    return values.index_select(axis, index)


def strided_slice(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`StridedSlice` with its masks.

    Raises:
        NotImplementedError: it has an ellipsis.
    """
    if any(attributes.get("ellipsis_mask") or ()):
        raise NotImplementedError("StridedSlice with an ellipsis")
    values, begins, ends = inputs[0], integers(inputs[1]), integers(inputs[2])
    steps = integers(inputs[3]) if len(inputs) > 3 else [1] * len(begins)

    def flag(name: str, place: int) -> bool:
        mask = attributes.get(name) or ()
        return place < len(mask) and bool(mask[place])

    axis = 0
    for place, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        if flag("new_axis_mask", place):
            values, axis = values.unsqueeze(axis), axis + 1
        elif flag("shrink_axis_mask", place):
            values = values.select(axis, begin)
        else:
            first = None if flag("begin_mask", place) else begin
            last = None if flag("end_mask", place) else end
            values, axis = _strided(values, axis, slice(first, last, step)), axis + 1
    return values


FUNCTIONS: dict[str, Function] = {
    "Slice": slice_steps,
    "Split": split,
    "StridedSlice": strided_slice,
    "VariadicSplit": variadic_split,
}
