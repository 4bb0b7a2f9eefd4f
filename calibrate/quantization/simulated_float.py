"""Simulate reduced floating point on a CPU without kernels for it: round between operations.

Values and weights are rounded to the type's bits of mantissa and sums stay in FP32, as in kernels
of the type except for the order of sums. As in the CPU plugin, operations behind the last layer
with weights stay in FP32, and so do pinned operations.

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
"""Bits of the significand, including the hidden bit."""

_EXACT = ("Parameter", "Result", "Constant", "FakeQuantize", "Convert", "Reshape", "Transpose")
"""Operations that compute no new values or round themselves."""


def with_rounded_values(model: ov.Model, compute_type: ComputeType) -> ov.Model:
    """Return a copy that, computed in FP32, approximates kernels of a reduced type.

    The range of the type is not simulated: BF16 has the range of FP32, and overflow in FP16 does
    not occur here.

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
    """Round an input; a value with several readers is rounded equally for each."""
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
    """Round values [...] float32 to the significand of a reduced type; returns float32."""
    factor = np.float32(2 ** (24 - _MANTISSA[compute_type]) + 1)
    single = np.asarray(values, np.float32)
    large = factor * single
    return np.asarray(large - (large - single), np.float32)


def _before_weights(model: ov.Model) -> set[str]:
    """Return the names of the operations from which a path leads to a layer with weights."""
    names: set[str] = set()
    for op in reversed(model.get_ordered_ops()):
        readers = [
            target.get_node() for port in op.outputs() for target in port.get_target_inputs()
        ]
        if any(r.get_type_name() in WEIGHTED or r.get_friendly_name() in names for r in readers):
            names.add(op.get_friendly_name())
    return names
