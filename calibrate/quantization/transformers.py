"""Transformers, recognised in the graph by their attention, and the settings that fit them.

NNCF quantizes transformers by other rules if it is told so (`model_type: transformer`): products of
attention symmetrically, nothing around norms, and SmoothQuant, which moves outliers of activations
into the weights (Xiao et al., SmoothQuant, ICML 2023).
"""

from collections.abc import Iterator

import openvino as ov

from calibrate.config.quantization import Quantization

_PRODUCTS = ("MatMul", "Einsum")
_BEFORE = frozenset(
    {"Add", "Subtract", "Multiply", "Divide", "Select", "Reshape", "Transpose", "Convert", "Clamp"}
    | {"Squeeze", "Unsqueeze", "Concat", "Slice", "StridedSlice", "FakeQuantize"}
)
"""May stand between the product of queries and keys and its softmax: scales, masks, shapes."""
_AFTER = frozenset({"Reshape", "Transpose", "Convert", "Multiply", "FakeQuantize", "Select"})
"""May stand between the softmax and the product with the values."""


def attention_count(model: ov.Model) -> int:
    """How many attentions a model has: a product of two activations, a softmax, a product.

    The operation of its own, and softmaxes written as Exp over ReduceSum, count too.
    """
    operations = model.get_ordered_ops()
    whole = sum(op.get_type_name() == "ScaledDotProductAttention" for op in operations)
    return int(whole) + sum(_is_softmax(op) and _is_between_products(op) for op in operations)


def for_transformers(settings: Quantization, model: ov.Model) -> Quantization:
    """The settings with `model_type: transformer`, where that is unset and the model is one."""
    if "model_type" in settings.model_fields_set or not attention_count(model):
        return settings
    return settings.model_copy(update={"model_type": "transformer"})


def _is_softmax(op: ov.Node) -> bool:
    kind = op.get_type_name()
    if kind != "Divide":
        return kind in ("Softmax", "SoftMax")
    above, below = (port.get_node() for port in op.input_values())
    if above.get_type_name() != "Exp" or below.get_type_name() != "ReduceSum":
        return False
    summed = below.input_value(0).get_node()
    return bool(summed.get_name() == above.get_name())


def _is_between_products(softmax: ov.Node) -> bool:
    source = softmax
    if softmax.get_type_name() == "Divide":
        source = softmax.input_value(0).get_node()
    return any(_multiplies_activations(op) for op in _reached(source, _BEFORE, up=True)) and any(
        op.get_type_name() in _PRODUCTS for op in _reached(softmax, _AFTER, up=False)
    )


def _reached(start: ov.Node, through: frozenset[str], *, up: bool) -> Iterator[ov.Node]:
    """The operations that come next on each path, beyond those that may stand between."""
    pending, seen = [start], set()
    while pending:
        op = pending.pop()
        if up:
            beside = [port.get_node() for port in op.input_values()]
        else:
            beside = [t.get_node() for port in op.outputs() for t in port.get_target_inputs()]
        for other in beside:
            if other.get_name() in seen:
                continue
            seen.add(other.get_name())
            if other.get_type_name() in through or (up and other.get_type_name() == "ReduceMax"):
                pending.append(other)
            else:
                yield other


def _multiplies_activations(op: ov.Node) -> bool:
    return op.get_type_name() in _PRODUCTS and not any(
        port.get_node().get_type_name() == "Constant" for port in op.input_values()
    )
