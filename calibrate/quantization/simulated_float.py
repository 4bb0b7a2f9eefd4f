"""Reduced floating point where this CPU has no kernels of it: round between operations.

Values and weights are rounded to the type's bits of mantissa, sums stay in FP32: what kernels of
the type do but for the order of sums. As the CPU plugin does, operations behind the last layer with
weights stay in FP32, and so does what is pinned.

Rounding is by Veltkamp's splitting, which needs FP32 arithmetic alone: with c = (2^s + 1) x, the
value c - (c - x) is x rounded to 24 - s bits, to the nearest, ties to even but for rare ones.

Source: T. J. Dekker, A floating-point technique for extending the available precision, Numerische
Mathematik 18, 1971.
"""

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.core.operations import WEIGHTED
from calibrate.core.precision import ComputeType
from calibrate.models.pins import is_pinned

_MANTISSA = {"bf16": 8, "f16": 11}
"""Bits of a significand, the hidden one included."""

_EXACT = ("Parameter", "Result", "Constant", "FakeQuantize", "Convert", "Reshape", "Transpose")
"""What computes nothing new, or rounds by itself."""


def with_rounded_values(model: ov.Model, compute_type: ComputeType) -> ov.Model:
    """A copy that gives, computed in FP32, about what kernels of a reduced type give.

    The range of the type is not simulated: BF16 has that of FP32, and what overflows in FP16 does
    not here.

    Args:
        model: FP32 or with FakeQuantize operations; left unchanged.
        compute_type: `bf16` or `f16`.
    """
    rounded = model.clone()
    before = _before_weights(rounded)
    for op in rounded.get_ordered_ops():
        name = op.get_friendly_name()
        if op.get_type_name() in _EXACT or is_pinned(op):
            continue
        if name not in before and op.get_type_name() not in WEIGHTED:
            continue
        for port in op.inputs():
            _round_input(port, compute_type)
    return rounded


def _round_input(port: ov.Input, compute_type: ComputeType) -> None:
    """Round what goes in; a value that several read is rounded for each, and equally."""
    source = port.get_source_output()
    if source.get_element_type() != ov.Type.f32 or not len(source.get_partial_shape()):
        return
    node = source.get_node()
    if node.get_type_name() == "Constant":
        constant = ops.constant(round_to(node.data, compute_type))
        constant.set_friendly_name(f"{node.get_friendly_name()}/{compute_type}")
        port.replace_source_output(constant.output(0))
        return
    factor = np.float32(2 ** (24 - _MANTISSA[compute_type]) + 1)
    large = ops.multiply(source, factor)
    port.replace_source_output(ops.subtract(large, ops.subtract(large, source)).output(0))


def round_to(values: np.ndarray, compute_type: ComputeType) -> np.ndarray:
    """Values [...] float32 with the significand of a reduced type, float32."""
    factor = np.float32(2 ** (24 - _MANTISSA[compute_type]) + 1)
    single = np.asarray(values, np.float32)
    large = factor * single
    return np.asarray(large - (large - single), np.float32)


def _before_weights(model: ov.Model) -> set[str]:
    """Names of the operations behind which a layer with weights comes on some path."""
    found: set[str] = set()
    for op in reversed(model.get_ordered_ops()):
        readers = [
            target.get_node() for port in op.outputs() for target in port.get_target_inputs()
        ]
        if any(r.get_type_name() in WEIGHTED or r.get_friendly_name() in found for r in readers):
            found.add(op.get_friendly_name())
    return found
