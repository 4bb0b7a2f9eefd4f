"""Matrix products and attention."""

from collections.abc import Sequence

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import Attributes, Function


def matmul(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`MatMul`; a vector is not transposed."""
    first, second = inputs
    if attributes["transpose_a"] and first.dim() > 1:
        first = first.transpose(-1, -2)
    if attributes["transpose_b"] and second.dim() > 1:
        second = second.transpose(-1, -2)
    return torch.matmul(first, second)


def attention(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`ScaledDotProductAttention`: query, key, value, mask to add or boolean, scale."""
    query, key, value = inputs[:3]
    mask = inputs[3] if len(inputs) > 3 else None
    scale = inputs[4] if len(inputs) > 4 else query.shape[-1] ** -0.5
    scores = torch.matmul(query, key.transpose(-1, -2)) * scale
    if attributes["causal"]:
        rows, columns = scores.shape[-2:]
        allowed = torch.ones(rows, columns, dtype=torch.bool, device=scores.device).tril()
        scores = scores.masked_fill(~allowed, float("-inf"))
    elif mask is not None and mask.dtype == torch.bool:
        scores = scores.masked_fill(~mask, float("-inf"))
    elif mask is not None and mask.numel() > 0:
        scores = scores + mask
    return torch.matmul(torch.softmax(scores, -1), value)


def einsum(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Einsum`."""
    return torch.einsum(attributes["equation"], *inputs)


FUNCTIONS: dict[str, Function] = {
    "Einsum": einsum,
    "MatMul": matmul,
    "ScaledDotProductAttention": attention,
}
