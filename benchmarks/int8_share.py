"""How much of a model the CPU plugin runs in INT8: of its layers, and of their multiplications."""

from dataclasses import dataclass

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.tensors import Tensors
from calibrate.models.macs import multiply_accumulates
from calibrate.runtime.profiling import profile

_LAYERS = ("Convolution", "MatMul", "FullyConnected", "Deconvolution")
"""Convolutions and matrix products, as the plugin calls them."""


@dataclass(frozen=True)
class Int8Share:
    """What runs in INT8.

    Attributes:
        layers: convolutions and matrix products of the model.
        layers_in_fp32: those of them that are not run at 8 bits.
        macs_in_int8: share of all their multiply-accumulates that is at 8 bits, 0-1.
    """

    layers: int
    layers_in_fp32: int
    macs_in_int8: float


def int8_share(model: ov.Model, tensors: Tensors, costs: Costs) -> Int8Share:
    """Compile a model and ask the plugin what it made of each layer.

    What the plugin does not name is taken for FP32: it fuses some depthwise convolutions into
    the one before, in FP32 alone, and forgets their names.

    Args:
        model: static.
        tensors: real inputs; the plugin is asked after inferences.
        costs: where these are counted.

    Raises:
        ValueError: a layer at 8 bits of which the plugin does not tell what it was.
    """
    macs = multiply_accumulates(model)
    in_int8: set[str] = set()
    for node in profile(model, tensors, costs, inferences=1):
        if node.kind not in _LAYERS or node.precision not in ("i8", "u8"):
            continue
        result = macs.keys() & set(node.names)
        if not result:
            raise ValueError(f"{node.name}: no convolution or matrix product in {node.names}")
        in_int8 |= result
    return Int8Share(
        layers=len(macs),
        layers_in_fp32=len(macs) - len(in_int8),
        macs_in_int8=sum(macs[name] for name in in_int8) / sum(macs.values()),
    )
