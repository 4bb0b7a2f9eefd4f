"""Detect transformers by the attention in the graph, and select their settings.

With `model_type: transformer`, NNCF quantizes by other rules: products of attention
symmetrically, nothing around norms, and SmoothQuant, which moves outliers of activations
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
"""Allowed between the product of queries and keys and its softmax: scales, masks, shapes."""
_AFTER = frozenset({"Reshape", "Transpose", "Convert", "Multiply", "FakeQuantize", "Select"})
"""Allowed between the softmax and the product with the values."""


def attention_count(model: ov.Model) -> int:
    """Count the attentions of a model: a product of two activations, a softmax, a product.

    `ScaledDotProductAttention` and softmaxes written as Exp over ReduceSum count too.
    """
    operations = model.get_ordered_ops()
    whole = sum(op.get_type_name() == "ScaledDotProductAttention" for op in operations)
    return int(whole) + sum(_is_softmax(op) and _is_between_products(op) for op in operations)


def for_transformers(settings: Quantization, model: ov.Model) -> Quantization:
    """Set `model_type: transformer` if it is unset and the model is a transformer."""
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
    """Yield the first operation on each path that is not one to pass through."""
    pending, visited = [start], set()
    while pending:
        op = pending.pop()
        if up:
            neighbours = [port.get_node() for port in op.input_values()]
        else:
            neighbours = [t.get_node() for port in op.outputs() for t in port.get_target_inputs()]
        for other in neighbours:
            if other.get_name() in visited:
                continue
            visited.add(other.get_name())
            if other.get_type_name() in through or (up and other.get_type_name() == "ReduceMax"):
                pending.append(other)
            else:
                yield other


def _multiplies_activations(op: ov.Node) -> bool:
    return op.get_type_name() in _PRODUCTS and not any(
        port.get_node().get_type_name() == "Constant" for port in op.input_values()
    )
