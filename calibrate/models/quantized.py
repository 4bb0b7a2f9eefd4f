"""Models that are quantized already: noticed, and taken back to floating point where asked for."""

from collections.abc import Sequence
from pathlib import Path

import openvino as ov
from openvino import opset13 as ops

from calibrate.core.operations import WEIGHTED
from calibrate.errors import CalibrateError
from calibrate.models.integer_products import integer_layers, multiply_floats

_PASSED = (
    "Convert",
    "DepthToSpace",
    "Gather",
    "MaxPool",
    "Multiply",
    "Reshape",
    "ShuffleChannels",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Squeeze",
    "StridedSlice",
    "Subtract",
    "Transpose",
    "Unsqueeze",
    "VariadicSplit",
)
"""Operations that hand quantized values on as they are, or undo the storing of weights."""

_INTEGERS = ("i8", "u8", "i4", "u4")


def quantized_layers(model: ov.Model) -> tuple[ov.Node, ...]:
    """Layers with weights of which both inputs are quantized.

    By FakeQuantize, stored as integers, or rounded to integers at run time.
    """
    integers = {op.get_friendly_name() for op in integer_layers(model)}
    return tuple(
        op
        for op in weighted_layers(model)
        if op.get_friendly_name() in integers or _reads_quantized(op)
    )


def weighted_layers(model: ov.Model) -> tuple[ov.Node, ...]:
    """Layers that INT8 is for."""
    return tuple(op for op in model.get_ordered_ops() if op.get_type_name() in WEIGHTED)


def floating_point(model: ov.Model, path: Path, *, remove_quantizers: bool) -> ov.Model:
    """The model to quantize: itself, or without its quantizers.

    Args:
        model: as read.
        path: of its file, for the message.
        remove_quantizers: take it back to floating point.

    Raises:
        CalibrateError: it is quantized already, and is not to be taken back.
    """
    if remove_quantizers:
        return without_quantizers(model)
    quantized = quantized_layers(model)
    if quantized:
        raise CalibrateError(
            f"the model is quantized already: {len(quantized)} of {len(weighted_layers(model))} "
            "layers with weights read quantized values, so it is no floating-point reference",
            where=str(path),
            hint="calibrate the floating-point model that it was made from, or set "
            "model.remove_quantizers: true to quantize what is left of it anew",
        )
    return model


def without_quantizers(model: ov.Model) -> ov.Model:
    """A copy without FakeQuantize, its integer weights as floating-point constants.

    What rounding has lost stays lost.
    """
    copy = model.clone()
    multiply_floats(copy)
    for op in copy.get_ordered_ops():
        if op.get_type_name() == "FakeQuantize":
            _replace(_dequantized(op), op.input_value(0))
    _store_weights_as_floats(copy)
    copy.validate_nodes_and_infer_types()
    return copy


def _dequantized(quantizer: ov.Node) -> ov.Node:
    """The end of a quantization: the FakeQuantize, or what undoes one that gives integers.

    ONNX's QuantizeLinear and DequantizeLinear are read as FakeQuantize, Convert to an integer and
    back, Subtract and Multiply.
    """
    readers = [target.get_node() for target in quantizer.output(0).get_target_inputs()]
    if len(readers) != 1 or readers[0].get_type_name() != "Convert":
        return quantizer
    op = readers[0]
    while True:
        readers = [target.get_node() for target in op.output(0).get_target_inputs()]
        if len(readers) != 1 or readers[0].get_type_name() not in (
            "Convert",
            "Subtract",
            "Multiply",
        ):
            return op
        op = readers[0]
        if op.get_type_name() == "Multiply":
            return op


def _store_weights_as_floats(model: ov.Model) -> None:
    ends = [op for op in model.get_ordered_ops() if _ends_weights(op)]
    if not ends:
        return
    values = ov.Core().compile_model(
        ov.Model([ops.result(op) for op in ends], [], "weights"),
        "CPU",
        {"INFERENCE_PRECISION_HINT": "f32"},
    )({})
    for number, op in enumerate(ends):
        constant = ops.constant(values[number].copy())
        constant.set_friendly_name(op.get_friendly_name())
        _replace(op, constant.output(0))


def _ends_weights(op: ov.Node) -> bool:
    """Whether it is the last operation that makes floats of stored integers."""
    if not op.get_output_size() or not op.get_output_element_type(0).is_real():
        return False
    readers = [target.get_node() for target in op.output(0).get_target_inputs()]
    return _is_stored(op) and not any(_is_stored(reader) for reader in readers)


def _is_stored(op: ov.Node) -> bool:
    """Whether it computes from constants alone, one of them an integer of few bits."""
    if op.get_type_name() not in ("Convert", "Subtract", "Multiply", "Reshape"):
        return False
    leaves, pending = [], [op]
    while pending:
        node = pending.pop()
        if node.get_type_name() == "Constant":
            leaves.append(node)
        elif node.get_type_name() in ("Convert", "Subtract", "Multiply", "Reshape"):
            pending += [port.get_node() for port in node.input_values()]
        else:
            return False
    return any(leaf.get_element_type().get_type_name() in _INTEGERS for leaf in leaves)


def _replace(op: ov.Node, source: ov.Output) -> None:
    targets: Sequence[ov.Input] = list(op.output(0).get_target_inputs())
    for target in targets:
        target.replace_source_output(source)


def _reads_quantized(op: ov.Node) -> bool:
    return all(_is_quantized(port.get_node()) for port in op.input_values()[:2])


def _is_quantized(node: ov.Node) -> bool:
    while node.get_type_name() in _PASSED:
        node = node.input_value(0).get_node()
    if node.get_type_name() == "Concat":
        return all(_is_quantized(port.get_node()) for port in node.input_values())
    if node.get_type_name() == "Constant":
        return node.get_element_type().get_type_name() in ("i8", "u8")
    return bool(node.get_type_name() == "FakeQuantize")
