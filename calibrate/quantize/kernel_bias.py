"""Correct biases by what the CPU's own INT8 kernels give.

Rounding, clipping and, without VNNI, saturation shift the mean of a layer's outputs. The shift is
measured per channel with the kernels that will run, and taken from the bias. Layers are corrected
one by one in network order, each with all before it corrected: corrected all at once, each would
also undo the shift that it inherits, and a network of many layers ends far from FP32.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.quantize.constants import bias_port, replace_constant

_PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}
_WEIGHTED = ("Convolution", "GroupConvolution", "MatMul")
_BETWEEN = ("Reshape", "Convert")
"""What may stand between a quantizer and the layer whose weights it rounds."""

Means = NDArray[np.float64]


def correct_biases(
    quantized: ov.Model, fp32: ov.Model, feeds: Sequence[Mapping[int, NDArray[np.generic]]]
) -> ov.Model:
    """A copy of the model in which quantized layers with a bias have FP32's mean outputs.

    Args:
        quantized: FakeQuantize in front of activations and FP32 weights; left unchanged.
        fp32: the model that the quantizers went into, with the same names.
        feeds: inferences' inputs; a few tens suffice.
    """
    model = quantized.clone()
    original = {op.get_friendly_name(): op for op in fp32.get_ops()}
    ports = [port for port in _biases(model) if port.get_node().get_friendly_name() in original]
    shapes = [_value(port).shape for port in ports]
    names = [port.get_node().get_friendly_name() for port in ports]
    wanted = _means(fp32, [original[name].output(0) for name in names], shapes, feeds)
    for port, shape, mean in zip(ports, shapes, wanted, strict=True):
        (found,) = _means(model, [port.get_node().output(0)], [shape], feeds)
        bias = _value(port)
        replace_constant(port, (bias + (mean - found)).astype(bias.dtype))
    return model


def _biases(model: ov.Model) -> list[ov.Input]:
    """Where the biases of layers with rounded weights go in, in network order."""
    found = []
    for op in model.get_ordered_ops():
        if op.get_type_name() not in _WEIGHTED or not _has_rounded_weights(op):
            continue
        port = bias_port(op)
        # A value per channel; what is added per position is no bias.
        if port is not None and sum(size > 1 for size in _value(port).shape) <= 1:
            found.append(port)
    return found


def _has_rounded_weights(op: ov.Node) -> bool:
    node = op.input_value(1).get_node()
    while node.get_type_name() in _BETWEEN:
        node = node.input_value(0).get_node()
    return bool(
        node.get_type_name() == "FakeQuantize"
        and node.input_value(0).get_node().get_type_name() == "Constant"
    )


def _value(port: ov.Input) -> NDArray[np.floating]:
    values: NDArray[np.floating] = port.get_source_output().get_node().data
    return values


def _means(
    model: ov.Model,
    outputs: Sequence[ov.Output],
    shapes: Sequence[tuple[int, ...]],
    feeds: Sequence[Mapping[int, NDArray[np.generic]]],
) -> list[Means]:
    """Mean of each output over all inferences, in the shape of the bias that is added to it."""
    if not outputs:
        return []
    watched = ov.Model(list(outputs), model.get_parameters(), "means")
    queue = ov.AsyncInferQueue(ov.Core().compile_model(watched, "CPU", _PROPERTIES))
    seen: dict[int, list[Means]] = {}

    def keep(request: ov.InferRequest, index: int) -> None:
        tensors = request.output_tensors
        seen[index] = [_mean(t.data, shape) for t, shape in zip(tensors, shapes, strict=True)]

    queue.set_callback(keep)
    for index, feed in enumerate(feeds):
        queue.start_async(dict(feed), index)
    queue.wait_all()
    # Summed in the order of the feeds, whichever was ready first.
    ordered = [seen[index] for index in range(len(feeds))]
    return [np.mean(values, axis=0) for values in zip(*ordered, strict=True)]


def _mean(array: NDArray[np.floating], shape: tuple[int, ...]) -> Means:
    aligned = (1,) * (array.ndim - len(shape)) + shape
    axes = tuple(axis for axis, size in enumerate(aligned) if size == 1)
    mean: Means = array.mean(axis=axes, keepdims=True, dtype=np.float64).reshape(shape)
    return mean
