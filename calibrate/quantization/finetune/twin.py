"""The differentiable twin: a prepared OpenVINO model as one PyTorch module."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from calibrate.quantization.finetune.graph import Graph, Operation, Source
from calibrate.quantization.finetune.operations.table import FUNCTIONS
from calibrate.quantization.finetune.outputs import differentiable_outputs, needed
from calibrate.quantization.finetune.quantizer import Grid, fixed_quantize, quantize
from calibrate.quantization.finetune.tunable import (
    Quantizer,
    Tuned,
    find_biases,
    find_quantizers,
    on_grid,
    shared_scales,
)
from calibrate.quantization.recipes.base import NotApplicableError

_BUILT_IN = ("Constant", "FakeQuantize", "Parameter", "Result")
"""Kinds that the twin itself computes."""
_PRODUCTS = ("Convolution", "GroupConvolution", "MatMul")


class UnsupportedOperationError(NotApplicableError):
    """The model has operations that the twin cannot compute."""


def unsupported(graph: Graph) -> tuple[str, ...]:
    """Return the kinds of operations that the outputs need and the twin cannot compute."""
    used = needed(graph, differentiable_outputs(graph))
    kinds = {graph.operations[position].kind for position in used}
    return tuple(sorted(kinds - FUNCTIONS.keys() - {*_BUILT_IN}))


class Twin(torch.nn.Module):
    """Computes what an OpenVINO model computes, with gradients.

    Weights behind a FakeQuantize, the scales of all grids and the biases behind quantized layers
    are parameters; everything else stays as it is.

    Args:
        graph: of a model with or without FakeQuantize.

    Raises:
        UnsupportedOperationError: an operation is unsupported; the message names the kinds.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        kinds = unsupported(graph)
        if kinds:
            raise UnsupportedOperationError(
                f"the model has operations without a differentiable form: {', '.join(kinds)}"
            )
        self.graph = graph
        self.targets: Mapping[str, Source] = differentiable_outputs(graph)
        self._used = sorted(needed(graph, self.targets))
        self.quantizers: Mapping[str, Quantizer] = {
            quantizer.name: quantizer for quantizer in find_quantizers(graph)
        }
        self._leaders = shared_scales(graph, tuple(self.quantizers.values()))
        self._biases = find_biases(graph, tuple(self.quantizers.values()))
        self.weights = torch.nn.ParameterDict()
        self.biases = torch.nn.ParameterDict()
        self.log_scales = torch.nn.ParameterDict()
        self._keys: dict[str, str] = {}
        self._add_parameters()
        self._learned = {
            **{q.weight: q.name for q in self.quantizers.values() if q.weight is not None},
        }
        self._bias_names = {position: name for name, position in self._biases.items()}
        self._fixed: dict[int, Sequence[Tensor]] = {}
        self._fold_constants()

    def key(self, name: str) -> str:
        """Return the key of an operation in parameter dictionaries, which allow no dots."""
        return self._keys.setdefault(name, f"p{len(self._keys)}")

    def _add_parameters(self) -> None:
        constants = self.graph.operations
        for name, quantizer in self.quantizers.items():
            self.register_buffer(f"offset_{self.key(name)}", torch.tensor(quantizer.grid.offset))
            if self._leaders[name] == name:
                scale = torch.tensor(quantizer.grid.scale.astype(np.float64)).log().float()
                self.log_scales[self.key(name)] = torch.nn.Parameter(scale)
            if quantizer.weight is not None:
                values = torch.tensor(constants[quantizer.weight].value)
                self.weights[self.key(name)] = torch.nn.Parameter(values)
        for name, position in self._biases.items():
            values = torch.tensor(constants[position].value)
            self.biases[self.key(name)] = torch.nn.Parameter(values)

    def _fold_constants(self) -> None:
        """Compute constant values once."""
        learned = {*self._learned, *self._bias_names}
        with torch.no_grad():
            for position in self._used:
                operation = self.graph.operations[position]
                if position in learned or operation.kind in ("Parameter", "FakeQuantize"):
                    continue
                if operation.kind == "Constant":
                    self._fixed[position] = (torch.tensor(operation.value),)
                elif (
                    operation.kind == "ShapeOf"
                    and self.graph.operations[operation.sources[0][0]].shapes[
                        operation.sources[0][1]
                    ]
                ):
                    source = operation.sources[0]
                    sides = self.graph.operations[source[0]].shapes[source[1]]
                    self._fixed[position] = (torch.tensor(sides, dtype=torch.int64),)
                elif all(source[0] in self._fixed for source in operation.sources):
                    self._fixed[position] = self._computed(operation, self._fixed)

    def forward(
        self, inputs: Sequence[Tensor], *, quantized: bool = True, watched: Iterable[str] = ()
    ) -> dict[str, Tensor]:
        """Return the outputs by name.

        Args:
            inputs: one per model input, in order.
            quantized: False leaves every FakeQuantize out.
            watched: names of operations whose first output is also returned, under that name.
        """
        values: dict[int, Sequence[Tensor]] = dict(self._fixed)
        for position, tensor in zip(self.graph.inputs, inputs, strict=True):
            values[position] = (tensor,)
        wanted = set(watched)
        extra: dict[str, Tensor] = {}
        for position in self._used:
            if position not in values:
                operation = self.graph.operations[position]
                values[position] = self._value(position, operation, values, quantized=quantized)
            if self.graph.operations[position].name in wanted:
                extra[self.graph.operations[position].name] = values[position][0]
        return {name: values[source[0]][source[1]] for name, source in self.targets.items()} | extra

    def _value(
        self,
        position: int,
        operation: Operation,
        values: Mapping[int, Sequence[Tensor]],
        *,
        quantized: bool,
    ) -> Sequence[Tensor]:
        if position in self._learned:
            return (self.weights[self.key(self._learned[position])],)
        if position in self._bias_names:
            return (self.biases[self.key(self._bias_names[position])],)
        if operation.kind == "FakeQuantize":
            source = operation.sources[0]
            tensor = values[source[0]][source[1]]
            return (self._quantized(operation, tensor, values) if quantized else tensor,)
        return self._computed(operation, values)

    def _computed(
        self, operation: Operation, values: Mapping[int, Sequence[Tensor]]
    ) -> Sequence[Tensor]:
        given = [values[source[0]][source[1]] for source in operation.sources]
        try:
            result = FUNCTIONS[operation.kind](operation.attributes, given)
        except NotImplementedError as error:
            raise UnsupportedOperationError(
                f"'{operation.name}' has no differentiable form: {error}"
            ) from error
        return (result,) if isinstance(result, Tensor) else tuple(result)

    def _quantized(
        self, operation: Operation, tensor: Tensor, values: Mapping[int, Sequence[Tensor]]
    ) -> Tensor:
        name = operation.name
        if name not in self.quantizers:
            ranges = [values[source[0]][source[1]] for source in operation.sources[1:]]
            return fixed_quantize(tensor, ranges, int(operation.attributes["levels"]))
        quantizer = self.quantizers[name]
        offset = getattr(self, f"offset_{self.key(name)}")
        levels = quantizer.grid.levels
        if quantizer.limit is not None:
            offset = torch.clamp(offset, min=-quantizer.limit)
            levels = 2 * quantizer.limit + 1
        return quantize(tensor, self.scale(name), offset, levels)

    def scale(self, name: str) -> Tensor:
        """Return a quantizer's step, always positive."""
        return torch.exp(self.log_scales[self.key(self._leaders[name])])

    def weight_units(self) -> dict[str, Tensor]:
        """Return, by weight key, the grid step over the square root of the number of summands.

        Adam moves all weights of a channel by a similar amount, so the change of the sum grows
        with their number.
        """
        units = {}
        for name, quantizer in self.quantizers.items():
            if quantizer.weight is not None:
                weight, scale = self.weights[self.key(name)], self.scale(name).detach()
                channels = scale.numel() if scale.numel() > 1 else weight.shape[0]
                units[self.key(name)] = scale / max(1.0, weight.numel() / channels) ** 0.5
        return units

    def bias_sums(self) -> dict[str, str]:
        """Return the names of the operations that add the biases, by bias key."""
        readers = self.graph.readers()
        return {
            self.key(name): self.graph.operations[readers[position, 0][0][0]].name
            for name, position in self._biases.items()
        }

    def names(self) -> frozenset[str]:
        """Return the names of the computed operations."""
        return frozenset(self.graph.operations[position].name for position in self._used)

    def quantizer_inputs(self, known: Collection[str]) -> list[str]:
        """Return the names of known operations that feed quantizers of activations.

        If only weights are quantized, return the layers that multiply with them.
        """
        names: dict[str, None] = {}
        layers: dict[str, None] = {}
        for position in self._used:
            operation = self.graph.operations[position]
            if operation.kind in _PRODUCTS and operation.name in known:
                layers[operation.name] = None
            if operation.kind != "FakeQuantize" or not operation.sources:
                continue
            maker = self.graph.operations[operation.sources[0][0]]
            if maker.kind not in ("Constant", "Parameter") and maker.name in known:
                names[maker.name] = None
        return list(names or layers)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the outputs by name."""
        return {
            name: self.graph.operations[source[0]].shapes[source[1]]
            for name, source in self.targets.items()
        }

    def tuned(self) -> Tuned:
        """Return the current parameters, with weights on their grids."""
        grids, weights = {}, {}
        for name, quantizer in self.quantizers.items():
            scale = _array(self.scale(name))
            grids[name] = Grid(scale, quantizer.grid.offset, quantizer.grid.levels)
            if quantizer.weight is not None:
                values = _array(self.weights[self.key(name)])
                weights[name] = on_grid(values, grids[name], quantizer.limit)
        biases = {name: _array(self.biases[self.key(name)]) for name in self._biases}
        return Tuned(weights, grids, biases)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.array(tensor.detach().cpu().numpy(), np.float32)
