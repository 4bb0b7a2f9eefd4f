"""Find the operations whose precision changes together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import nncf
import openvino as ov
from nncf.common.factory import build_graph
from nncf.quantization.algorithms.accuracy_control.evaluator import Evaluator
from nncf.quantization.algorithms.accuracy_control.openvino_backend import (
    OVAccuracyControlAlgoBackend,
)
from nncf.quantization.algorithms.accuracy_control.ranker import Ranker

from calibrate.core.precision import FP32, INT8, Group, Precision
from calibrate.models.bodies import all_operations, bodies_of
from calibrate.models.names import operations_of
from calibrate.quantization.weight_compression import compressed_ports

_EMPTY = nncf.Dataset([])


def find_groups(quantized: ov.Model) -> tuple[Group, ...]:
    """Return the groups of a model with FakeQuantize operations, in network order.

    A group is what NNCF's quantizer removal has to cut together: all quantizers that feed the
    same operations, and those operations. Quantizers that feed no operation of NNCF's kinds (an
    embedding table, a square root, a reduction) form a group with the operations that read them.

    Args:
        quantized: model whose weights are still behind FakeQuantize.
    """
    graph = build_graph(quantized)
    # The ranker only reads the graph here; it never evaluates.
    ranker = Ranker(1, _EMPTY, OVAccuracyControlAlgoBackend(), Evaluator(_never))
    position = {op.get_friendly_name(): i for i, op in enumerate(all_operations(quantized))}
    ranked = ranker.find_groups_of_quantizers_to_rank(graph)
    taken = {node.node_name for group in ranked for node in group.operations}
    by_name = operations_of(quantized)
    groups = _body_groups(quantized, taken)
    for group in ranked:
        quantizers = sorted((node.node_name for node in group.quantizers), key=position.__getitem__)
        operations = {node.node_name for node in group.operations}
        operations = operations or _readers([by_name[name] for name in quantizers]) - taken
        taken |= operations
        ordered = sorted(operations, key=position.__getitem__)
        name = ordered[0] if ordered else quantizers[0]
        groups.append(Group(name, tuple(ordered), tuple(quantizers), (INT8, FP32)))
    return tuple(sorted(groups, key=lambda group: position[group.quantizers[0]]))


def _body_groups(quantized: ov.Model, taken: Collection[str]) -> list[Group]:
    """Return a group for each operation with quantizers in its bodies: the layers in them.

    The CPU plugin runs and times such an operation as one node, so its bodies change together.

    Args:
        quantized: see `find_groups`.
        taken: operations of other groups.
    """
    groups = []
    for op in quantized.get_ordered_ops():
        inner = [group for body in bodies_of(op) for group in find_groups(body)]
        if not inner:
            continue
        name = op.get_friendly_name()
        layers = dict.fromkeys(layer for group in inner for layer in group.operations)
        owner = () if name in taken else (name,)
        quantizers = tuple(each for group in inner for each in group.quantizers)
        groups.append(Group(name, (*owner, *layers), quantizers, (INT8, FP32)))
    return groups


def _readers(quantizers: Sequence[ov.Node]) -> set[str]:
    """Return the names of the operations that read quantizers."""
    return {
        target.get_node().get_friendly_name()
        for quantizer in quantizers
        for target in quantizer.output(0).get_target_inputs()
        if target.get_node().get_type_name() not in ("FakeQuantize", "Result")
    }


def with_weights(
    groups: Sequence[Group],
    reference: ov.Model,
    compressed: Mapping[Precision, ov.Model],
    scaled: Collection[Precision] = (),
) -> tuple[Group, ...]:
    """Add the weight-compression precisions to the groups, before FP32.

    Layers outside every group become separate groups. Layers that share a weight change together,
    and so do layers between which AWQ may move a scale: two products with a Multiply between.

    Args:
        groups: the INT8 groups; none where INT8 is not requested.
        reference: the FP32 model.
        compressed: the model with all weights compressed, by precision.
        scaled: precisions made with AWQ.
    """
    ports = {name: compressed_ports(reference, model) for name, model in compressed.items()}
    position = {op.get_friendly_name(): i for i, op in enumerate(reference.get_ordered_ops())}
    grouped = {name for group in groups for name in group.operations}
    ungrouped = sorted(
        {name for layers in ports.values() for name in layers} - grouped, key=position.__getitem__
    )
    merged = [*groups, *(Group(name, (name,), (), (FP32,)) for name in ungrouped)]
    for names in _together(reference, {*grouped, *ungrouped}, across_products=bool(scaled)):
        merged = _joined(merged, names, position)
    return tuple(
        sorted(
            (_offering(group, ports) for group in merged),
            key=lambda group: position.get(group.operations[0], 0) if group.operations else 0,
        )
    )


def _offering(group: Group, ports: Mapping[Precision, Mapping[str, object]]) -> Group:
    offered = [
        name for name, layers in ports.items() if any(op in layers for op in group.operations)
    ]
    quantized = [name for name in group.precisions if name != FP32]
    return replace(group, precisions=(*quantized, *offered, FP32))


def _together(
    reference: ov.Model, weighted: Collection[str], *, across_products: bool
) -> list[tuple[str, ...]]:
    """Return the sets of operations whose weights must have the same precision."""
    together = []
    for op in reference.get_ordered_ops():
        readers = tuple(
            target.get_node().get_friendly_name()
            for target in op.output(0).get_target_inputs()
            if target.get_node().get_friendly_name() in weighted
        )
        if op.get_type_name() == "Constant" and len(readers) > 1:
            # A bias or an axis that two layers share is not a weight.
            if op.output(0).get_element_type().is_real() and len(op.output(0).get_shape()) > 1:
                together.append(readers)
        elif across_products and op.get_type_name() == "Multiply" and readers:
            makers = [value.get_node().get_friendly_name() for value in op.input_values()]
            together.append((*(name for name in makers if name in weighted), *readers))
    return together


def _joined(
    groups: Sequence[Group], names: Collection[str], position: Mapping[str, int]
) -> list[Group]:
    """Merge the groups that contain any of the operations; a single such group stays as it is."""
    touched = [group for group in groups if set(names) & set(group.operations)]
    if len(touched) < 2:
        return list(groups)
    operations = sorted(
        (name for group in touched for name in group.operations),
        key=lambda name: position.get(name, 0),
    )
    whole = Group(
        operations[0],
        tuple(operations),
        tuple(name for group in touched for name in group.quantizers),
        max((group.precisions for group in touched), key=len),
    )
    kept = [group for group in groups if group not in touched]
    return [*kept, whole]


def _never(*_: object) -> tuple[float, None]:
    raise AssertionError("groups are found without evaluating anything")
