"""Models in bfloat16 or float64, worked on in FP32; bfloat16 inputs and outputs are given back.

NumPy has no bfloat16, NNCF's quantizers are FP32, and the CPU plugin has no INT8 kernel that ends
in float64.
"""

import numpy as np
import openvino as ov
from openvino import opset13 as ops
from openvino.preprocess import PrePostProcessor

from calibrate.models.bodies import bodies_of

_OTHERS = (ov.Type.bf16, ov.Type.f64)


def in_float32(model: ov.Model) -> ov.Model:
    """A copy that computes in FP32 and takes FP32; the model itself if nothing is bf16 or f64."""
    if not _has_others(model):
        return model
    copy = model.clone()
    _convert(copy)
    copy.validate_nodes_and_infer_types()
    return copy


def with_ports_of(model: ov.Model, source: ov.Model) -> ov.Model:
    """A copy with the source's inputs and outputs of bf16.

    Those of f64 become FP32: the CPU plugin compiles no INT8 model that begins or ends in f64.

    Args:
        model: made from `in_float32` of the source, with the same inputs and outputs.
        source: whose types a program that uses the model expects.
    """
    inputs, outputs = (
        [n for n, port in enumerate(ports) if port.get_element_type() == ov.Type.bf16]
        for ports in (source.inputs, source.outputs)
    )
    if not inputs and not outputs:
        return model.clone()
    steps = PrePostProcessor(model.clone())
    for index in inputs:
        steps.input(index).tensor().set_element_type(ov.Type.bf16)
    for index in outputs:
        steps.output(index).tensor().set_element_type(ov.Type.bf16)
    return steps.build()


def _has_others(model: ov.Model) -> bool:
    return any(
        port.get_element_type() in _OTHERS for op in model.get_ops() for port in op.outputs()
    ) or any(_has_others(body) for op in model.get_ops() for body in bodies_of(op))


def _convert(model: ov.Model) -> None:
    for op in model.get_ordered_ops():
        kind = op.get_type_name()
        if kind == "Parameter" and op.get_element_type() in _OTHERS:
            op.set_element_type(ov.Type.f32)
        elif kind == "Constant" and op.get_element_type() in _OTHERS:
            single = ops.constant(np.array(op.get_data(dtype=np.float32)))
            single.set_friendly_name(op.get_friendly_name())
            for target in op.output(0).get_target_inputs():
                target.replace_source_output(single.output(0))
        elif kind == "Convert" and op.output(0).get_element_type() in _OTHERS:
            op.set_attribute("destination_type", "f32")
        for body in bodies_of(op):
            _convert(body)
