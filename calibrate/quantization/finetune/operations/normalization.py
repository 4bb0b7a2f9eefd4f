"""Softmax and normalizations."""

from collections.abc import Sequence

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import (
    Attributes,
    Function,
    axes_of,
)


def softmax(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Softmax`."""
    return torch.softmax(inputs[0], int(attributes["axis"]))


def log_softmax(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`LogSoftmax`."""
    return torch.log_softmax(inputs[0], int(attributes["axis"]))


def mean_variance(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`MVN`: mean removed, and divided by the standard deviation where that is asked for."""
    values = inputs[0]
    axes = axes_of(inputs[1], values.dim())
    centred = values - values.mean(axes, keepdim=True)
    if not attributes["normalize_variance"]:
        return centred
    variance = (centred**2).mean(axes, keepdim=True)
    eps = float(attributes["eps"])
    if str(attributes["eps_mode"]).lower() == "inside_sqrt":
        return centred / torch.sqrt(variance + eps)
    return centred / (torch.sqrt(variance) + eps)


def normalize_l2(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`NormalizeL2`."""
    values = inputs[0]
    axes = axes_of(inputs[1], values.dim())
    energy = (values**2).sum(axes, keepdim=True) if axes else values**2
    eps = float(attributes["eps"])
    if str(attributes["eps_mode"]).lower() == "add":
        return values / torch.sqrt(energy + eps)
    return values / torch.sqrt(torch.clamp(energy, min=eps))


def local_response(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`LRN` over a window of channels.

    Raises:
        NotImplementedError: the window is over other dimensions.
    """
    values = inputs[0]
    if axes_of(inputs[1], values.dim()) != [1]:
        raise NotImplementedError("LRN over other axes than the channels")
    size = int(attributes["size"])
    squares = torch.nn.functional.pad(
        (values**2).flatten(2).unsqueeze(1), (0, 0, (size - 1) // 2, size // 2)
    )
    sums = torch.nn.functional.avg_pool2d(squares, (size, 1), 1) * size
    sums = sums.squeeze(1).reshape(values.shape)
    scale = float(attributes["bias"]) + float(attributes["alpha"]) / size * sums
    return values / scale ** float(attributes["beta"])


def batch_norm(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`BatchNormInference`: values, gamma, beta, mean, variance (opset 5)."""
    values, gamma, beta, mean, variance = inputs
    shape = (1, -1, *[1] * (values.dim() - 2))
    scale = gamma / torch.sqrt(variance + float(attributes["epsilon"]))
    return (values - mean.reshape(shape)) * scale.reshape(shape) + beta.reshape(shape)


def group_norm(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`GroupNormalization`."""
    groups, eps = int(attributes["num_groups"]), float(attributes["epsilon"])
    return torch.nn.functional.group_norm(inputs[0], groups, inputs[1], inputs[2], eps)


FUNCTIONS: dict[str, Function] = {
    "BatchNormInference": batch_norm,
    "GroupNormalization": group_norm,
    "LRN": local_response,
    "LogSoftmax": log_softmax,
    "MVN": mean_variance,
    "NormalizeL2": normalize_l2,
    "Softmax": softmax,
}
