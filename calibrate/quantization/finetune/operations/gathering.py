"""Values taken from, and put to, places that an input names."""

from collections.abc import Sequence

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    integers,
)


def _wrapped(indices: Tensor, length: int, device: torch.device) -> Tensor:
    """Indices from the front, where the values are."""
    indices = indices.to(device=device, dtype=torch.int64)
    return torch.where(indices < 0, indices + length, indices)


def gather(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Gather`, with batch dimensions."""
    values, axis = inputs[0], integers(inputs[2])[0]
    axis %= values.dim()
    batch = int(attributes.get("batch_dims", 0)) % (inputs[1].dim() + 1)
    indices = _wrapped(inputs[1], values.shape[axis], values.device)
    if not batch:
        shape = (*values.shape[:axis], *indices.shape, *values.shape[axis + 1 :])
        return values.index_select(axis, indices.reshape(-1)).reshape(shape)
    lead = values.shape[:batch]
    flat_values = values.reshape(-1, *values.shape[batch:])
    flat_indices = indices.reshape(-1, *indices.shape[batch:])
    taken = [
        gather({}, [value, index, torch.tensor(axis - batch)])
        for value, index in zip(flat_values, flat_indices, strict=True)
    ]
    return torch.stack(taken).reshape(*lead, *taken[0].shape)


def gather_elements(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`GatherElements`."""
    values, axis = inputs[0], int(attributes["axis"])
    return torch.gather(values, axis, _wrapped(inputs[1], values.shape[axis], values.device))


def gather_nd(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`GatherND` without batch dimensions.

    Raises:
        NotImplementedError: it has batch dimensions.
    """
    if int(attributes.get("batch_dims", 0)):
        raise NotImplementedError("GatherND with batch dimensions")
    values, indices = inputs[0], inputs[1].to(torch.int64).to(inputs[0].device)
    return values[tuple(indices.unbind(-1))]


def scatter_update(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`ScatterUpdate`: slices along an axis replaced."""
    values, updates, axis = inputs[0], inputs[2], integers(inputs[3])[0]
    axis %= values.dim()
    indices = _wrapped(inputs[1], values.shape[axis], values.device)
    rank = indices.dim()
    flat = updates.reshape(*values.shape[:axis], -1, *updates.shape[axis + rank :])
    return values.index_copy(axis, indices.reshape(-1), flat.to(values.dtype))


def scatter_nd(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`ScatterNDUpdate`."""
    values, indices = inputs[0], inputs[1].to(torch.int64).to(inputs[0].device)
    return values.index_put(tuple(indices.unbind(-1)), inputs[2].to(values.dtype))


def one_hot(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`OneHot`."""
    depth = integers(inputs[1])[0]
    hot = torch.nn.functional.one_hot(inputs[0].to(torch.int64) % depth, depth).bool()
    axis = int(attributes["axis"]) % hot.dim()
    return torch.where(hot.movedim(-1, axis), inputs[2], inputs[3])


FUNCTIONS: dict[str, Function] = {
    "Gather": gather,
    "GatherElements": gather_elements,
    "GatherND": gather_nd,
    "OneHot": one_hot,
    "ScatterNDUpdate": scatter_nd,
    "ScatterUpdate": scatter_update,
}
