"""The learned parameters of a quantized graph: weights, grids and biases, with their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibrate.quantization.finetune.graph import Graph, Operation
from calibrate.quantization.finetune.quantizer import Grid, grid_of

Floats = NDArray[np.float32]

_NARROW = 64
"""Largest integer weight where an overflow fix limits weights to 7 bits."""


@dataclass(frozen=True, slots=True)
class Quantizer:
    """A FakeQuantize whose grid is known.

    Attributes:
        name: of the operation.
        grid: the initial grid.
        weight: position of the constant that it quantizes; None for activations.
        limit: largest magnitude of an integer, for weights limited to 7 bits.
    """

    name: str
    grid: Grid
    weight: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Tuned:
    """The learned parameters, by the names of operations in the graph.

    Attributes:
        weights: the quantized constant, by quantizer.
        grids: by quantizer.
        biases: by the operation whose output the bias is added to.
    """

    weights: Mapping[str, Floats] = field(default_factory=dict)
    grids: Mapping[str, Grid] = field(default_factory=dict)
    biases: Mapping[str, Floats] = field(default_factory=dict)


def find_quantizers(graph: Graph) -> tuple[Quantizer, ...]:
    """Return every FakeQuantize that rounds to a grid with a step at zero."""
    quantizers = []
    for operation in graph.operations:
        if operation.kind != "FakeQuantize":
            continue
        constants = [_constant(graph, source[0]) for source in operation.sources[1:]]
        ranges = [value for value in constants if value is not None]
        grid = grid_of(int(operation.attributes["levels"]), ranges) if len(ranges) == 4 else None
        if grid is None:
            continue
        source = operation.sources[0][0]
        values = _constant(graph, source)
        weight = source if values is not None and values.dtype == np.float32 else None
        limit = None if weight is None or values is None else _limit(values, grid)
        quantizers.append(Quantizer(operation.name, grid, weight, limit))
    return tuple(quantizers)


def find_biases(graph: Graph, quantizers: Sequence[Quantizer]) -> Mapping[str, int]:
    """Return the position of the constant added to each operation with quantized weights."""
    weights = {quantizer.name for quantizer in quantizers if quantizer.weight is not None}
    positions, readers = graph.positions(), graph.readers()
    biases: dict[str, int] = {}
    taken: set[int] = set()
    for name in sorted(weights, key=positions.__getitem__):
        for reader, _ in readers.get((positions[name], 0), ()):
            for add, port in readers.get((reader, 0), ()):
                operation = graph.operations[add]
                other = operation.sources[1 - port][0] if operation.kind == "Add" else -1
                values = _constant(graph, other) if other >= 0 else None
                if values is not None and values.dtype == np.float32 and other not in taken:
                    biases.setdefault(graph.operations[reader].name, other)
                    taken.add(other)
    return biases


def shared_scales(graph: Graph, quantizers: Sequence[Quantizer]) -> Mapping[str, str]:
    """Map each quantizer to the one whose scale it takes: the inputs of a Concat share a grid.

    With different grids, the plugin would compute the Concat in floating point or requantize.
    """
    by_name = {quantizer.name: quantizer for quantizer in quantizers if quantizer.weight is None}
    leader = {quantizer.name: quantizer.name for quantizer in quantizers}

    def root(name: str) -> str:
        return name if leader[name] == name else root(leader[name])

    for operation in graph.operations:
        if operation.kind != "Concat":
            continue
        joined = [
            graph.operations[source[0]].name
            for source in operation.sources
            if graph.operations[source[0]].name in by_name
        ]
        for name in joined[1:]:
            if np.array_equal(by_name[name].grid.scale, by_name[joined[0]].grid.scale):
                leader[root(name)] = root(joined[0])
    return {name: root(name) for name in leader}


def on_grid(values: Floats, grid: Grid, limit: int | None) -> Floats:
    """Return weights rounded to the nearest values of a grid; idempotent."""
    low, high = grid.offset, grid.offset + np.float32(grid.levels - 1)
    if limit is not None:
        low, high = np.maximum(low, -limit), np.minimum(high, limit)
    steps = np.clip(np.rint(values / grid.scale), low, high)
    return np.asarray(steps * grid.scale, np.float32)


def _limit(values: Floats, grid: Grid) -> int | None:
    largest = float(np.abs(values / grid.scale).max(initial=0.0))
    reach = float(np.abs(grid.offset).max())
    return _NARROW if reach > _NARROW and largest <= _NARROW + 0.5 else None


def _constant(graph: Graph, position: int) -> NDArray[np.floating] | None:
    operation: Operation = graph.operations[position]
    return operation.value if operation.kind == "Constant" else None
