"""A model's graph as plain records, from which the differentiable twin is built.

Nothing here needs PyTorch or contains an OpenVINO object, so a graph can be pickled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

Source = tuple[int, int]
"""The source of a value: its operation's position in the graph and its output's index."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        name: friendly name.
        kind: type name, as `Convolution`.
        attributes: by OpenVINO's names.
        sources: one per input.
        shapes: static shape of each output; () where it is dynamic.
        value: of a constant.
    """

    name: str
    kind: str
    attributes: Mapping[str, Any]
    sources: tuple[Source, ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    value: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Operations in topological order.

    Attributes:
        operations: constants and parameters included.
        inputs: positions of the model's parameters, in the order of its inputs.
        outputs: the source of each output by name.
    """

    operations: tuple[Operation, ...]
    inputs: tuple[int, ...]
    outputs: Mapping[str, Source]

    def readers(self) -> Mapping[Source, Sequence[tuple[int, int]]]:
        """Return the operations that read each value, with the input's index."""
        readers_of: dict[Source, list[tuple[int, int]]] = {}
        for position, operation in enumerate(self.operations):
            for port, source in enumerate(operation.sources):
                readers_of.setdefault(source, []).append((position, port))
        return readers_of

    def positions(self) -> Mapping[str, int]:
        """Return the position of each operation by name."""
        return {operation.name: position for position, operation in enumerate(self.operations)}


def read_graph(model: ov.Model) -> Graph:
    """Copy a model's graph into records.

    Args:
        model: prepared, with static input shapes; left unchanged.
    """
    nodes = list(model.get_ordered_ops())
    position = {node.get_name(): place for place, node in enumerate(nodes)}
    outputs = {
        min(port.get_names(), default=port.get_node().get_friendly_name()): _source(port, position)
        for port in model.outputs
    }
    inputs = tuple(position[node.get_name()] for node in model.get_parameters())
    return Graph(tuple(_operation(node, position) for node in nodes), inputs, outputs)


def _source(result: ov.Output, position: Mapping[str, int]) -> Source:
    value = result.get_node().input_value(0)
    return position[value.get_node().get_name()], value.get_index()


def _operation(node: ov.Node, position: Mapping[str, int]) -> Operation:
    kind = node.get_type_name()
    is_constant = kind == "Constant"
    return Operation(
        name=node.get_friendly_name(),
        kind=kind,
        attributes={} if is_constant else dict(node.get_attributes()),
        sources=tuple(
            (position[value.get_node().get_name()], value.get_index())
            for value in node.input_values()
        ),
        shapes=tuple(
            tuple(shape.get_shape()) if (shape := port.get_partial_shape()).is_static else ()
            for port in node.outputs()
        ),
        value=np.array(node.data, copy=True) if is_constant else None,
    )
