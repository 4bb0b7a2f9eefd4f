"""Compare the calibrated ranges of activation quantizers with observed values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.core.component import Outputs
from calibrate.core.costs import Costs
from calibrate.core.precision import Precision
from calibrate.core.tensors import Tensors
from calibrate.models.names import every_operation_of, operations_of
from calibrate.runtime.inference import Network

_MOST_VALUES = 65536
"""Values of one tensor of one sample that a histogram counts."""


@dataclass(frozen=True, slots=True, eq=False)
class WatchedTensor:
    """One quantized tensor.

    Attributes:
        group: index of the group whose input it is.
        tensor: name of the operation that produces it, in the FP32 model too.
        port: which of its outputs.
        low: lower end of the calibrated range, one value or one per channel, broadcastable.
        high: upper end likewise.
    """

    group: int
    tensor: str
    port: int
    low: NDArray[np.float32]
    high: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ObservedRange:
    """Least and greatest value of one watched tensor, and the share out of range."""

    low: float
    high: float
    outside: float


def watched_tensors(
    quantized: Mapping[Precision, ov.Model],
    precisions: Sequence[Precision],
    quantizers: Sequence[Sequence[str]],
) -> tuple[WatchedTensor, ...]:
    """Return the activations that groups quantize.

    Args:
        quantized: models with FakeQuantize operations, by precision.
        precisions: INT8 precision of each group.
        quantizers: names of each group's FakeQuantize operations.
    """
    by_name = {precision: every_operation_of(model) for precision, model in quantized.items()}
    watched = []
    for index, (precision, names) in enumerate(zip(precisions, quantizers, strict=True)):
        for name in names:
            quantizer = by_name[precision][name]
            source = quantizer.input_value(0)
            low, high = (quantizer.input_value(port).get_node() for port in (1, 2))
            if source.get_node().get_type_name() in ("Constant", "Convert"):
                continue  # weights, whose range is exact
            watched.append(
                WatchedTensor(
                    index,
                    source.get_node().get_friendly_name(),
                    source.get_index(),
                    np.array(low.data, np.float32),
                    np.array(high.data, np.float32),
                )
            )
    return tuple(watched)


def observe_ranges(
    fp32: ov.Model,
    tensors: Tensors,
    indices: Sequence[int],
    watching: Sequence[WatchedTensor],
    costs: Costs,
) -> dict[int, ObservedRange]:
    """Run the FP32 model once over some samples and observe the watched tensors.

    The model returns only three numbers per tensor, so memory does not grow with the tensors.

    Returns:
        By position in `watching`, without tensors that the FP32 model does not have (an operation
        that a recipe added).
    """
    model = fp32.clone()
    by_name = operations_of(model)
    present = _present(by_name, watching)
    if not present or not indices:
        return {}
    rows = [
        _summary(by_name[watching[k].tensor].output(watching[k].port), watching[k]) for k in present
    ]
    # One row for all samples of a batch: a first dimension of the batch's size would be divided.
    row = ops.reshape(ops.concat(rows, 0), np.array([1, -1]), special_zero=False)
    probe = ov.Model([ops.result(row)], model.get_parameters(), "ranges")
    network = Network(probe, costs)
    collected: list[NDArray[np.float64]] = []

    def keep(_: int, outputs: Outputs) -> None:
        collected.append(np.array(next(iter(outputs.values())), np.float64).reshape(-1, 3))

    network.run(tensors, indices, keep)
    stacked = np.stack(collected)
    lows, highs = stacked[:, :, 0].min(axis=0), stacked[:, :, 1].max(axis=0)
    outside = stacked[:, :, 2].mean(axis=0)
    return {
        position: ObservedRange(float(lows[row]), float(highs[row]), float(outside[row]))
        for row, position in enumerate(present)
    }


def _summary(port: ov.Output, tensor: WatchedTensor) -> ov.Output:
    """Return [3] float32: least value, greatest value, share outside of the calibrated range."""
    value = ops.convert(port, "f32")
    axes = ops.constant(np.arange(len(port.get_partial_shape())), np.int64)
    beyond = ops.logical_or(ops.less(value, tensor.low), ops.greater(value, tensor.high))
    parts = [
        ops.reduce_min(value, axes),
        ops.reduce_max(value, axes),
        ops.reduce_mean(ops.convert(beyond, "f32"), axes),
    ]
    unit = ops.constant(np.array([1], np.int64))
    return ops.concat([ops.reshape(part, unit, special_zero=False) for part in parts], 0).output(0)


def sample_values(
    fp32: ov.Model,
    tensors: Tensors,
    indices: Sequence[int],
    watching: Sequence[WatchedTensor],
    costs: Costs,
) -> dict[int, NDArray[np.float32]]:
    """Return values of watched tensors on a few samples: evenly taken, at most `_MOST_VALUES` each.

    Returns:
        By position in `watching`, without tensors that the FP32 model does not have.
    """
    model = fp32.clone()
    by_name = operations_of(model)
    present = _present(by_name, watching)
    if not present or not indices:
        return {}
    outputs = [
        ops.result(ops.convert(by_name[watching[k].tensor].output(watching[k].port), "f32"))
        for k in present
    ]
    network = Network(ov.Model(outputs, model.get_parameters(), "values"), costs)
    taken: dict[int, list[NDArray[np.float32]]] = {position: [] for position in present}

    def keep(_: int, values: Outputs) -> None:
        for position, array in zip(present, values.values(), strict=True):
            flat = np.asarray(array, np.float32).reshape(-1)
            taken[position].append(flat[:: -(-flat.size // _MOST_VALUES) or 1].copy())

    network.run(tensors, indices, keep)
    return {position: np.concatenate(parts) for position, parts in taken.items()}


def _present(by_name: Mapping[str, ov.Node], watching: Sequence[WatchedTensor]) -> list[int]:
    """Return positions of the tensors that a model has."""
    return [
        position
        for position, tensor in enumerate(watching)
        if tensor.tensor in by_name and tensor.port < by_name[tensor.tensor].get_output_size()
    ]
