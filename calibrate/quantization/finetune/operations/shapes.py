"""Operations that move, repeat and join values, and those on shapes and types."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    integers,
    padded,
)

TYPES = {
    "boolean": torch.bool,
    "bf16": torch.bfloat16,
    "f16": torch.float16,
    "f32": torch.float32,
    "f64": torch.float64,
    "i8": torch.int8,
    "i16": torch.int16,
    "i32": torch.int32,
    "i64": torch.int64,
    "u8": torch.uint8,
}
"""OpenVINO's names of element types that a `Convert` may ask for."""

_BROADCAST_AXES = 2


def reshape(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Reshape`; with `special_zero` a 0 keeps the side in its place."""
    wanted = integers(inputs[1])
    if attributes["special_zero"]:
        sides = inputs[0].shape
        wanted = [side or sides[place] for place, side in enumerate(wanted)]
    return inputs[0].reshape(wanted)


def transpose(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Transpose`; without an order all dimensions are reversed."""
    order = integers(inputs[1]) or list(reversed(range(inputs[0].dim())))
    return inputs[0].permute(order)


def squeeze(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Squeeze`."""
    values = inputs[0]
    if len(inputs) == 1 or not inputs[1].numel():
        return values.squeeze()
    axes = {axis % values.dim() for axis in integers(inputs[1])}
    return values.reshape([side for axis, side in enumerate(values.shape) if axis not in axes])


def unsqueeze(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Unsqueeze`."""
    values, axes = inputs[0], integers(inputs[1])
    rank = values.dim() + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        values = values.unsqueeze(axis)
    return values


def concat(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Concat`."""
    return torch.cat(list(inputs), int(attributes["axis"]))


def pad(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Pad`: constant, edge, reflect; negative padding crops."""
    values, begin, end = inputs[0], integers(inputs[1]), integers(inputs[2])
    mode = str(attributes["pad_mode"]).lower()
    if mode == "constant":
        fill = float(inputs[3]) if len(inputs) > 3 else 0.0
        return padded(values, begin, end, fill)
    for axis, (before, behind) in enumerate(zip(begin, end, strict=True)):
        values = _mirrored(values, axis, before, behind, mode)
    return values


def _mirrored(values: Tensor, axis: int, before: int, behind: int, mode: str) -> Tensor:
    length = values.shape[axis]
    places = torch.arange(-before, length + behind)
    if mode == "edge":
        places = places.clamp(0, length - 1)
    elif mode == "reflect":
        places = (places.abs() + length - 1) % max(2 * length - 2, 1) - (length - 1)
        places = places.abs()
    else:  # symmetric: the edge occurs twice
        places = places % (2 * length)
        places = torch.where(places >= length, 2 * length - 1 - places, places)
    return values.index_select(axis, places.to(values.device))


def tile(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Tile`."""
    values, repeats = inputs[0], integers(inputs[1])
    if len(repeats) < values.dim():
        repeats = [1] * (values.dim() - len(repeats)) + repeats
    return values.repeat(repeats)


def broadcast(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Broadcast`: numpy, bidirectional, or with explicit axes."""
    values, wanted = inputs[0], integers(inputs[1])
    if len(inputs) > _BROADCAST_AXES:
        sides = [1] * len(wanted)
        for side, axis in zip(values.shape, integers(inputs[2]), strict=True):
            sides[axis] = side
        values = values.reshape(sides)
    if str(attributes["mode"]).lower() == "bidirectional":
        wanted = list(np.broadcast_shapes(tuple(values.shape), tuple(wanted)))
    return values.expand(wanted)


def shape_of(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`ShapeOf`."""
    return torch.tensor(list(inputs[0].shape), dtype=torch.int64)


def convert(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Convert`."""
    return inputs[0].to(TYPES[str(attributes["destination_type"])])


def convert_like(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`ConvertLike`."""
    return inputs[0].to(inputs[1].dtype)


def depth_to_space(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`DepthToSpace`: blocks first or depth first."""
    values, block = inputs[0], int(attributes["block_size"])
    batch, channels, *space = values.shape
    rank = len(space)
    depth = channels // block**rank
    if str(attributes["mode"]).lower() == "blocks_first":
        values = values.reshape(batch, *[block] * rank, depth, *space)
        order = [0, rank + 1]
        blocks = range(1, rank + 1)
    else:
        values = values.reshape(batch, depth, *[block] * rank, *space)
        order = [0, 1]
        blocks = range(2, rank + 2)
    for axis, place in enumerate(blocks):
        order += [rank + 2 + axis, place]
    return values.permute(order).reshape(batch, depth, *[side * block for side in space])


def space_to_depth(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`SpaceToDepth`: blocks first or depth first."""
    values, block = inputs[0], int(attributes["block_size"])
    batch, depth, *space = values.shape
    rank = len(space)
    sides = [part for side in space for part in (side // block, block)]
    values = values.reshape(batch, depth, *sides)
    blocks, rest = [3 + 2 * axis for axis in range(rank)], [2 + 2 * axis for axis in range(rank)]
    first = str(attributes["mode"]).lower() == "blocks_first"
    order = [0, *blocks, 1, *rest] if first else [0, 1, *blocks, *rest]
    return values.permute(order).reshape(batch, -1, *[side // block for side in space])


def shuffle_channels(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`ShuffleChannels`."""
    values, groups = inputs[0], int(attributes["group"])
    axis = int(attributes["axis"]) % values.dim()
    sides = list(values.shape)
    split_up = values.reshape(*sides[:axis], groups, sides[axis] // groups, *sides[axis + 1 :])
    return split_up.transpose(axis, axis + 1).reshape(sides)


def reverse_sequence(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`ReverseSequence`: of each sample the first so many steps."""
    values, lengths = inputs[0], integers(inputs[1])
    batch_axis = int(attributes["batch_axis"]) % values.dim()
    axis = int(attributes["seq_axis"]) % values.dim()
    axis -= axis > batch_axis
    reversed_parts = []
    for part, length in zip(values.unbind(batch_axis), lengths, strict=True):
        head, rest = (
            part.narrow(axis, 0, length),
            part.narrow(axis, length, part.shape[axis] - length),
        )
        reversed_parts.append(torch.cat([head.flip(axis), rest], axis))
    return torch.stack(reversed_parts, batch_axis)


def roll(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Roll`."""
    return torch.roll(inputs[0], integers(inputs[1]), integers(inputs[2]))


def range_of(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Range`."""
    start, stop, step = (tensor.item() for tensor in inputs)
    kind = attributes.get("output_type")
    return torch.arange(start, stop, step, dtype=TYPES[str(kind)] if kind else inputs[0].dtype)


FUNCTIONS: dict[str, Function] = {
    "Broadcast": broadcast,
    "Concat": concat,
    "Convert": convert,
    "ConvertLike": convert_like,
    "DepthToSpace": depth_to_space,
    "Pad": pad,
    "Range": range_of,
    "Reshape": reshape,
    "ReverseSequence": reverse_sequence,
    "Roll": roll,
    "ShapeOf": shape_of,
    "ShuffleChannels": shuffle_channels,
    "SpaceToDepth": space_to_depth,
    "Squeeze": squeeze,
    "Tile": tile,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
