"""Operations on each value, or on each pair of values, with broadcasting."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from calibrate.quantization.finetune.operations.base import Attributes, Function

_UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "Abs": torch.abs,
    "Acos": torch.acos,
    "Acosh": torch.acosh,
    "Asin": torch.asin,
    "Asinh": torch.asinh,
    "Atan": torch.atan,
    "Atanh": torch.atanh,
    "Ceiling": torch.ceil,
    "Cos": torch.cos,
    "Cosh": torch.cosh,
    "Erf": torch.erf,
    "Exp": torch.exp,
    "Floor": torch.floor,
    "HSigmoid": torch.nn.functional.hardsigmoid,
    "HSwish": torch.nn.functional.hardswish,
    "IsFinite": torch.isfinite,
    "IsInf": torch.isinf,
    "IsNaN": torch.isnan,
    "Log": torch.log,
    "LogicalNot": torch.logical_not,
    "Mish": torch.nn.functional.mish,
    "Negative": torch.neg,
    "Relu": torch.relu,
    "Sigmoid": torch.sigmoid,
    "Sign": torch.sign,
    "Sin": torch.sin,
    "Sinh": torch.sinh,
    "SoftPlus": torch.nn.functional.softplus,
    "SoftSign": torch.nn.functional.softsign,
    "Sqrt": torch.sqrt,
    "Tan": torch.tan,
    "Tanh": torch.tanh,
}


def _divide(first: Tensor, second: Tensor) -> Tensor:
    if first.is_floating_point():
        return first / second
    return torch.div(first, second, rounding_mode="floor")


_BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "Add": torch.add,
    "Divide": _divide,
    "Equal": torch.eq,
    "FloorMod": torch.remainder,
    "Greater": torch.gt,
    "GreaterEqual": torch.ge,
    "Less": torch.lt,
    "LessEqual": torch.le,
    "LogicalAnd": torch.logical_and,
    "LogicalOr": torch.logical_or,
    "LogicalXor": torch.logical_xor,
    "Maximum": torch.maximum,
    "Minimum": torch.minimum,
    "Mod": torch.fmod,
    "Multiply": torch.mul,
    "NotEqual": torch.ne,
    "Power": torch.pow,
    "SquaredDifference": lambda first, second: (first - second) ** 2,
    "Subtract": torch.sub,
}


def _of_one(function: Callable[[Tensor], Tensor]) -> Function:
    return lambda _, inputs: function(inputs[0])


def _of_two(function: Callable[[Tensor, Tensor], Tensor]) -> Function:
    return lambda _, inputs: function(inputs[0], inputs[1])


def clamp(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Clamp`."""
    return torch.clamp(inputs[0], float(attributes["min"]), float(attributes["max"]))


def elu(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Elu`."""
    return torch.nn.functional.elu(inputs[0], float(attributes["alpha"]))


def gelu(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Gelu`, exact or by tanh."""
    mode = str(attributes.get("approximation_mode", "ERF")).lower()
    return torch.nn.functional.gelu(inputs[0], approximate="tanh" if "tanh" in mode else "none")


def hard_sigmoid(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`HardSigmoid`: slope and offset are inputs."""
    return torch.clamp(inputs[0] * inputs[1] + inputs[2], 0.0, 1.0)


def prelu(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`PRelu`: one slope, or one per channel (the second dimension)."""
    values, slopes = inputs[0], inputs[1]
    if slopes.dim() == 1 and slopes.numel() > 1 and values.dim() > 2:
        slopes = slopes.reshape(1, -1, *[1] * (values.dim() - 2))
    return torch.where(values >= 0, values, values * slopes)


def round_half(attributes: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Round`, halves to even or away from zero."""
    if attributes["mode"] == "half_to_even":
        return torch.round(inputs[0])
    return torch.sign(inputs[0]) * torch.floor(torch.abs(inputs[0]) + 0.5)


def select(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Select`."""
    return torch.where(inputs[0].bool(), inputs[1], inputs[2])


def selu(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Selu`: alpha and lambda are inputs."""
    values, alpha, scale = inputs
    return scale * torch.where(values > 0, values, alpha * (torch.exp(values) - 1))


def swish(_: Attributes, inputs: Sequence[Tensor]) -> Tensor:
    """`Swish`: a second input is the factor inside of the sigmoid."""
    inner = inputs[0] * inputs[1] if len(inputs) > 1 else inputs[0]
    return inputs[0] * torch.sigmoid(inner)


FUNCTIONS: dict[str, Function] = {
    **{kind: _of_one(function) for kind, function in _UNARY.items()},
    **{kind: _of_two(function) for kind, function in _BINARY.items()},
    "Clamp": clamp,
    "Elu": elu,
    "Gelu": gelu,
    "HardSigmoid": hard_sigmoid,
    "PRelu": prelu,
    "Round": round_half,
    "Select": select,
    "Selu": selu,
    "Swish": swish,
}
