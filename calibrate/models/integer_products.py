"""Products of integers that an exporter quantized at run time, taken back to floating point.

ONNX's DynamicQuantizeLinear, MatMulInteger and ConvInteger are read as their parts: x is divided by
a step that its own range gives, rounded, shifted and converted to u8; an integer layer multiplies
it by stored integers, and its result is multiplied by both steps.
"""

import openvino as ov
from openvino import opset13 as ops

from calibrate.core.operations import WEIGHTED


def integer_layers(model: ov.Model) -> tuple[ov.Node, ...]:
    """Layers with weights that compute in integers."""
    return tuple(
        op
        for op in model.get_ordered_ops()
        if op.get_type_name() in WEIGHTED and not op.get_output_element_type(0).is_real()
    )


def multiply_floats(model: ov.Model) -> None:
    """Replace, in place, products of integers by those of the floats that were rounded.

    Layers whose surroundings are of another form stay as they are.
    """
    for layer in integer_layers(model):
        value = _rounded_value(layer.input_value(0).get_node())
        step = _common_step(layer)
        if value is None or step is None:
            continue
        product, weight_step = step
        floats = ops.convert(layer.input_value(1), "f32")
        layer.input(0).replace_source_output(value)
        layer.input(1).replace_source_output(floats.output(0))
        layer.validate_and_infer_types()
        scaled = ops.multiply(layer, weight_step)
        scaled.set_friendly_name(product.get_friendly_name())
        for target in product.output(0).get_target_inputs():
            target.replace_source_output(scaled.output(0))


def _rounded_value(shifted: ov.Node) -> ov.Output | None:
    """The x of Convert(Clamp(Round(x * 255 / range) + zero)) - zero; None for another form."""
    node: ov.Node | None = shifted
    for kinds in (("Subtract",), ("Convert",), ("Convert",), ("Clamp",), ("Add",), ("Round",)):
        if node is None or node.get_type_name() not in kinds:
            return None
        node = node.input_value(0).get_node()
    if node is None or node.get_type_name() != "Divide":
        return None
    scaled = node.input_value(0).get_node()
    return scaled.input_value(0) if scaled.get_type_name() == "Multiply" else None


def _common_step(layer: ov.Node) -> tuple[ov.Node, ov.Output] | None:
    """The Multiply by both steps behind a layer, and the weights' step; None for another form."""
    node = layer
    while True:
        readers = [target.get_node() for target in node.output(0).get_target_inputs()]
        if len(readers) != 1:
            return None
        if readers[0].get_type_name() == "Multiply":
            break
        if readers[0].get_type_name() != "Convert":
            return None
        node = readers[0]
    product = readers[0]
    for port in product.input_values():
        steps = port.get_node()
        if steps.get_type_name() != "Multiply":
            continue
        for step in steps.input_values():
            if step.get_node().get_type_name() == "Constant":
                return product, step
    return None
