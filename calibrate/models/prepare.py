"""Simplify a model so that the quantizer sees weights and biases as such.

`Core.read_model` keeps what an exporter wrote: biases behind shape arithmetic, weights behind
reshapes. A quantizer then finds no bias to correct and says nothing. Once every shape is static
the offline transformations fold all of that.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import openvino as ov
from openvino import opset13 as ops
from openvino._offline_transformations import apply_moc_transformations

from calibrate.core.operations import CONVOLUTIONS
from calibrate.errors import CalibrateError
from calibrate.models.bodies import all_operations, bodies_of
from calibrate.models.float_types import in_float32
from calibrate.models.inputs import InputPlan
from calibrate.models.names import number_names
from calibrate.models.static_shapes import bind_shapes
from calibrate.models.vector_products import widen_vector_products

_NO_OPERATIONS = ("Constant", "Parameter", "Result")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The FP32 model that everything is compared with.

    Attributes:
        model: static, folded; owned by the caller, clone before changing.
        folded: operation type to how many of it folding removed, for the log.
        biases_added: names of convolutions that got a zero bias so that it can be corrected.
    """

    model: ov.Model
    folded: dict[str, int]
    biases_added: tuple[str, ...]


def prepare(model: ov.Model, plans: Sequence[InputPlan]) -> Prepared:
    """Bind the inputs' shapes and fold what can be folded.

    Args:
        model: as read; left unchanged.
        plans: with every shape static.

    Raises:
        CalibrateError: the inputs' batches differ, or the model cannot be reshaped to the plans'
            shapes.
    """
    if len({plan.batch for plan in plans if plan.batch_axis is not None}) > 1:
        batches = ", ".join(f"{plan.name} {plan.batch}" for plan in plans)
        raise CalibrateError(
            f"the model's inputs take different batches: {batches}",
            where="model.inputs",
            hint="export it with one batch for all inputs",
        )
    source = in_float32(model.clone())
    before = Counter(op.get_type_name() for op in source.get_ops())
    named = frozenset(op.get_friendly_name() for op in all_operations(source))
    bind_shapes(source, plans)
    _allow_folding(source)
    _simplify(source, named)
    widen_vector_products(source)
    biases = _add_missing_biases(source)
    source.validate_nodes_and_infer_types()
    after = Counter(op.get_type_name() for op in source.get_ops())
    folded = {kind: n - after[kind] for kind, n in sorted(before.items()) if n > after[kind]}
    return Prepared(source, folded, biases)


def prepare_open(model: ov.Model, plans: Sequence[InputPlan]) -> ov.Model:
    """The same simplified model with its dimensions open: inputs as the model has them.

    Operations have the names that `prepare` gives them, where static shapes fold nothing more.

    Args:
        model: as read; left unchanged.
        plans: bound; the number of dimensions is theirs where the model leaves it open.
    """
    source = in_float32(model.clone())
    named = frozenset(op.get_friendly_name() for op in all_operations(source))
    shapes = {
        plan.index: ov.PartialShape([-1] * len(plan.shape))
        for plan in plans
        if source.inputs[plan.index].get_partial_shape().rank.is_dynamic
    }
    if shapes:
        source.reshape(shapes)
    _simplify(source, named)
    widen_vector_products(source)
    _add_missing_biases(source)
    source.validate_nodes_and_infer_types()
    return source


def operations(model: ov.Model) -> dict[str, str]:
    """Types of the simplified model's operations by name, in order: what a scope may name.

    Shapes stay open where they are, which may leave some that a run would fold.

    Args:
        model: as read; left unchanged.
    """
    source = model.clone()
    _simplify(source, frozenset(op.get_friendly_name() for op in all_operations(source)))
    kinds = {op.get_friendly_name(): op.get_type_name() for op in source.get_ordered_ops()}
    return {name: kind for name, kind in kinds.items() if kind not in _NO_OPERATIONS}


def _simplify(model: ov.Model, named: frozenset[str]) -> None:
    """Fold what can be folded; operations that were named keep their names."""
    _read_shapes_behind_norms(model)
    names = [port.get_names() for port in model.inputs]
    apply_moc_transformations(model, cf=True, smart_reshape=False)
    _restore_names(model, names)
    for inner in _with_bodies(model):
        number_names(inner, named)
    _name_uniquely(model)


def _allow_folding(model: ov.Model) -> None:
    """Let shapes that are read be folded, in place: OpenVINO's converter of PyTorch forbids it.

    A quantizer that such a shape is read behind would belong to no layer.
    """
    for op in model.get_ops():
        if op.get_type_name() != "ShapeOf":
            continue
        facts = op.get_rt_info()
        for key in ("DisableConstantFolding_0", "can_be_folded"):
            if key in facts:
                del facts[key]


def _read_shapes_behind_norms(model: ov.Model) -> None:
    """Read a convolution's shape behind its batch norm, in place; it is the same.

    PyTorch's exporter reads it between the two, and a convolution with two readers cannot take the
    norm into its weights: open dimensions could not be carried back.
    """
    for op in model.get_ordered_ops():
        if op.get_type_name() != "ShapeOf" or not _is_convolution(op.input_value(0).get_node()):
            continue
        readers = [target.get_node() for target in op.input_value(0).get_target_inputs()]
        norms = [node for node in readers if _is_norm_of_constants(node)]
        if norms:
            op.input(0).replace_source_output(norms[0].output(0))


def _is_convolution(op: ov.Node) -> bool:
    return "Convolution" in op.get_type_name()


def _is_norm_of_constants(op: ov.Node) -> bool:
    """Whether an operation is a batch norm that depends on its data alone, so on no shape."""
    if op.get_type_name() != "BatchNormInference":
        return False
    sources = [value.get_node() for value in op.input_values()]
    constants = ("Constant", "Convert")  # weights in FP16 are converted
    return sum(source.get_type_name() not in constants for source in sources) == 1


def _restore_names(model: ov.Model, names: Sequence[set[str]]) -> None:
    """Give inputs the tensor names that they had: removing an operation adds those of its output.

    An input that has become an output keeps both.
    """
    for port, known in zip(model.inputs, names, strict=True):
        readers = [target.get_node().get_type_name() for target in port.get_target_inputs()]
        if "Result" not in readers and port.get_names() != known:
            port.set_names(known)


def _name_uniquely(model: ov.Model) -> None:
    """Give operations that share a friendly name a suffix; candidates refer to them by name."""
    counts: Counter[str] = Counter()
    for op in all_operations(model):
        name = op.get_friendly_name()
        counts[name] += 1
        if counts[name] > 1:
            op.set_friendly_name(f"{name}/{counts[name]}")


def _add_missing_biases(model: ov.Model) -> tuple[str, ...]:
    """A zero bias behind each convolution that has none; the plugin fuses the Add."""
    named = []
    for op in list(all_operations(model)):
        if op.get_type_name() not in CONVOLUTIONS:
            continue
        if not _is_weight(op.input_value(1).get_node()):
            continue
        targets = list(op.output(0).get_target_inputs())
        if any(_is_bias_add(target.get_node()) for target in targets):
            continue
        rank = len(op.output(0).get_partial_shape())
        channels = op.output(0).get_partial_shape()[1].get_length()
        zero = ops.constant(
            np.zeros([1, channels] + [1] * (rank - 2), op.output(0).get_element_type().to_dtype())
        )
        zero.set_friendly_name(f"{op.get_friendly_name()}/zero_bias")
        add = ops.add(op.output(0), zero)
        add.set_friendly_name(f"{op.get_friendly_name()}/bias_add")
        for target in targets:
            target.replace_source_output(add.output(0))
        named.append(op.get_friendly_name())
    return tuple(named)


def _with_bodies(model: ov.Model) -> Iterator[ov.Model]:
    """A model and the bodies in it."""
    yield model
    for op in model.get_ordered_ops():
        for body in bodies_of(op):
            yield from _with_bodies(body)


def _is_weight(node: ov.Node) -> bool:
    while node.get_type_name() in ("Convert", "Multiply", "Reshape", "FakeQuantize", "Transpose"):
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == "Constant")


def _is_bias_add(node: ov.Node) -> bool:
    return node.get_type_name() == "Add" and any(
        port.get_node().get_type_name() == "Constant" for port in node.input_values()
    )
