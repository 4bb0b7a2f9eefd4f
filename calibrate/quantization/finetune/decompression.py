"""Tune compressed weights: a decompression is a quantizer of weights with a grid per group.

A decompression is `scale * (integers - zero point)`. In the graph of the twin, a FakeQuantize of
floating-point weights takes its place, whose grid has the same values.
"""

from dataclasses import dataclass, replace

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.models.names import operations_of
from calibrate.quantization.finetune.graph import Graph, Operation, Source
from calibrate.quantization.finetune.tunable import Tuned
from calibrate.quantization.weight_compression import compressed_ports

_BITS = {"i4": 4, "u4": 4, "i8": 8, "u8": 8}
_LOWEST = {"i4": -8, "u4": 0, "i8": -128, "u8": 0}
_HALF = 0.49
"""Steps by which a weight may differ from the stored one and still round to it."""


@dataclass(frozen=True, slots=True)
class Decompression:
    """The weights of one layer.

    Attributes:
        name: of the Multiply by the scale.
        kind: type of the integers, as OpenVINO names it.
        integers: the stored weights.
        zero_point: broadcastable to them.
        scale: broadcastable to them; a negative scale mirrors the grid.
        trained: the FP32 weights in the shape of the integers; None if they have another size.
    """

    name: str
    kind: str
    integers: NDArray[np.int16]
    zero_point: NDArray[np.int16]
    scale: NDArray[np.float32]
    trained: NDArray[np.float32] | None

    @property
    def decompressed(self) -> NDArray[np.float32]:
        """The weights that the layer multiplies with."""
        return np.asarray(self.scale * (self.integers - self.zero_point), np.float32)

    @property
    def start(self) -> NDArray[np.float32]:
        """The weights to tune from: as close to the trained ones as rounds to the stored ones.

        So the tuning starts from the given model, also if a method has chosen how to round.
        """
        if self.trained is None:
            return self.decompressed
        most = _HALF * np.abs(self.scale)
        moved = np.clip(self.trained - self.decompressed, -most, most)
        return np.asarray(self.decompressed + moved, np.float32)

    @property
    def ranges(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Lowest and highest value of the grid."""
        lowest = _LOWEST[self.kind] - self.zero_point
        highest = lowest + 2 ** _BITS[self.kind] - 1
        ends = np.stack([self.scale * lowest, self.scale * highest])
        return ends.min(0).astype(np.float32), ends.max(0).astype(np.float32)


def find_decompressions(model: ov.Model, reference: ov.Model) -> tuple[Decompression, ...]:
    """Return the decompressions of a model that the FP32 model lacks.

    Args:
        model: with compressed weights.
        reference: the FP32 model.
    """
    by_name, trained = operations_of(model), operations_of(reference)
    decompressions: dict[str, Decompression] = {}
    for name, ports in compressed_ports(reference, model).items():
        for port in ports:
            multiply = _multiply(by_name[name].input_value(port).get_node())
            if multiply is None or multiply.get_friendly_name() in decompressions:
                continue
            weights = trained[name].input_value(port).get_node()
            values = weights.data if weights.get_type_name() == "Constant" else None
            decompression = _decompression(multiply, values)
            if decompression is not None:
                decompressions[decompression.name] = decompression
    return tuple(decompressions.values())


def with_quantizers(graph: Graph, decompressions: tuple[Decompression, ...]) -> Graph:
    """Return the graph with FakeQuantize operations in place of decompressions."""
    by_name = {decompression.name: decompression for decompression in decompressions}
    moved: dict[int, int] = {}
    operations: list[Operation] = []
    for position, operation in enumerate(graph.operations):
        sources = tuple((moved[source], port) for source, port in operation.sources)
        given = by_name.get(operation.name)
        if given is not None and operation.kind == "Multiply":
            low, high = given.ranges
            values = {"weights": given.start, "low": low, "high": high}
            first = len(operations)
            operations += [
                Operation(f"{operation.name}/{name}", "Constant", {}, (), (value.shape,), value)
                for name, value in values.items()
            ]
            quantized: tuple[Source, ...] = tuple((first + place, 0) for place in (0, 1, 2, 1, 2))
            levels = {"levels": 2 ** _BITS[given.kind]}
            operation = replace(operation, kind="FakeQuantize", attributes=levels)  # noqa: PLW2901
            sources = quantized
        moved[position] = len(operations)
        operations.append(replace(operation, sources=sources))
    return Graph(
        tuple(operations),
        tuple(moved[position] for position in graph.inputs),
        {name: (moved[source], port) for name, (source, port) in graph.outputs.items()},
    )


def write_decompressions(
    model: ov.Model, decompressions: tuple[Decompression, ...], tuned: Tuned
) -> None:
    """Write tuned integers and scales into a model, in place.

    Args:
        model: with the same decompressions.
        decompressions: as they were before.
        tuned: weights and grids by the names of the decompressions.
    """
    by_name = operations_of(model)
    for given in decompressions:
        multiply = by_name[given.name]
        scale = tuned.grids[given.name].scale
        steps = np.rint(tuned.weights[given.name] / scale).astype(np.int16)
        sign = np.where(given.scale < 0, -1, 1).astype(np.int16)
        integers = steps * sign + given.zero_point
        lowest = _LOWEST[given.kind]
        integers = np.clip(integers, lowest, lowest + 2 ** _BITS[given.kind] - 1)
        for port in multiply.inputs():
            source = port.get_source_output().get_node()
            if source.get_type_name() == "Constant":
                _replace(port, scale * sign)
            else:
                _replace(_integer_port(source), integers)


def _replace(port: ov.Input, values: NDArray[np.generic]) -> None:
    old = port.get_source_output().get_node()
    kind = old.output(0).get_element_type()
    unsigned = kind.to_string().startswith("u")
    integral = np.uint8 if unsigned else np.int8
    values = values.astype(np.float32 if kind.is_real() else integral)
    constant = ops.constant(values, dtype=kind)
    constant.set_friendly_name(old.get_friendly_name())
    port.replace_source_output(constant.output(0))


def _multiply(node: ov.Node) -> ov.Node | None:
    """Return the Multiply by the scale in front of which only shapes and types change."""
    while node.get_type_name() in ("Convert", "Reshape", "Transpose"):
        node = node.input_value(0).get_node()
    return node if node.get_type_name() == "Multiply" else None


def _integer_port(node: ov.Node) -> ov.Input:
    """Return the input that the stored integers feed, behind Convert and Subtract."""
    while True:
        source = node.input_value(0).get_node()
        if source.get_type_name() == "Constant":
            return node.input(0)
        node = source


def _decompression(multiply: ov.Node, trained: NDArray[np.generic] | None) -> Decompression | None:
    sides = [value.get_node() for value in multiply.input_values()]
    scales = [side for side in sides if side.get_type_name() == "Constant"]
    chains = [side for side in sides if side.get_type_name() != "Constant"]
    if len(scales) != 1 or len(chains) != 1:
        return None
    stored = _integer_port(chains[0]).get_source_output().get_node()
    kind = stored.output(0).get_element_type().to_string()
    if kind not in _BITS:
        return None
    zero_point = np.zeros((1,) * len(stored.output(0).get_shape()), np.int16)
    if chains[0].get_type_name() == "Subtract":
        subtracted = chains[0].input_value(1).get_node()
        while subtracted.get_type_name() != "Constant":
            subtracted = subtracted.input_value(0).get_node()
        zero_point = _integers(subtracted)
    integers = _integers(stored)
    same = trained is not None and trained.size == integers.size
    return Decompression(
        name=multiply.get_friendly_name(),
        kind=kind,
        integers=integers,
        zero_point=zero_point,
        scale=np.asarray(scales[0].data, np.float32),
        trained=np.asarray(trained, np.float32).reshape(integers.shape) if same else None,
    )


def _integers(constant: ov.Node) -> NDArray[np.int16]:
    return np.array(constant.get_data(dtype=np.int16))  # unpacks four bits too
