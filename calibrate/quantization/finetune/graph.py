"""A model's graph as plain records: what the differentiable twin is built from.

Nothing here needs PyTorch, and nothing of it holds an OpenVINO object, so a graph can be pickled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

Source = tuple[int, int]
"""Where a value comes from: its operation's position in the graph, and which of its outputs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        name: friendly name.
        kind: type name, as `Convolution`.
        attributes: as OpenVINO names them.
        sources: one an input.
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
    """Operations in an order in which they can be computed.

    Attributes:
        operations: constants and parameters included.
        inputs: positions of the model's parameters, in the order of its inputs.
        outputs: by the output's name, where its value comes from.
    """

    operations: tuple[Operation, ...]
    inputs: tuple[int, ...]
    outputs: Mapping[str, Source]

    def readers(self) -> Mapping[Source, Sequence[tuple[int, int]]]:
        """By value, the operations that read it, each with the input's index."""
        found: dict[Source, list[tuple[int, int]]] = {}
        for position, operation in enumerate(self.operations):
            for port, source in enumerate(operation.sources):
                found.setdefault(source, []).append((position, port))
        return found

    def positions(self) -> Mapping[str, int]:
        """By name, where each operation stands."""
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
