"""Correct biases by what the CPU's own INT8 kernels give.

Rounding, clipping and, without VNNI, saturation shift the mean of a layer's outputs. The shift is
measured per channel with the kernels that will run, and taken from the bias. Layers are corrected
one by one in network order, each with all before it corrected: corrected all at once, each would
also undo the shift that it inherits, and a network of many layers ends far from FP32.

A last layer that gives many values a channel, a score for each pixel or anchor, keeps its bias: its
mean is that of the background, and a shift that is right there moves what decides elsewhere.

What a corrected layer gives is kept for each image, and the next layers start from there: what
lies between two layers is compiled alone, in tens of milliseconds, and every operation runs once an
image.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.quantize.constants import bias_port, replace_constant

_PROPERTIES = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "THROUGHPUT"}
_WEIGHTED = ("Convolution", "GroupConvolution", "MatMul")
_BETWEEN = ("Reshape", "Convert")
"""What may stand between a quantizer and the layer whose weights it rounds."""

_MOST = 512 << 20
"""Bytes that kept outputs may take; where images are so large, fewer of them are looked at."""

Arrays = list[NDArray[Any]]
"""One array for each image."""

Seen = TypeVar("Seen")


def correct_biases(
    quantized: ov.Model, fp32: ov.Model, feeds: Sequence[Mapping[int, NDArray[np.generic]]]
) -> ov.Model:
    """A copy of the model in which quantized layers with a bias have FP32's mean outputs.

    Last layers that give many values a channel are left alone.

    Args:
        quantized: FakeQuantize in front of activations and FP32 weights; left unchanged.
        fp32: the model that the quantizers went into, with the same names.
        feeds: inferences' inputs; a few tens suffice.
    """
    model, cut = quantized.clone(), quantized.clone()
    original = {op.get_friendly_name(): op for op in fp32.get_ops()}
    ports = [port for port in _biases(model) if port.get_node().get_friendly_name() in original]
    if not ports:
        return model
    names = [port.get_node().get_friendly_name() for port in ports]
    working = {op.get_friendly_name(): op for op in cut.get_ops()}
    parts = _parts([working[name] for name in names])
    feeds = feeds[: max(1, _MOST // _kept_bytes(parts))]
    wanted = _fp32_means(fp32, [original[name] for name in names], ports, feeds)
    kept: dict[str, Arrays] = {
        parameter.get_friendly_name(): [np.asarray(feed[index]) for feed in feeds]
        for index, parameter in enumerate(cut.get_parameters())
    }
    for number, (part, port, mean) in enumerate(zip(parts, ports, wanted, strict=True)):
        given = _run(part, kept)
        bias = _value(port)
        shift = mean - np.mean([_mean(array, bias.shape) for array in given], axis=0)
        corrected = (bias + shift).astype(bias.dtype)
        replace_constant(port, corrected)
        for array in given:
            np.add(array, corrected - bias, out=array)
        kept[part.gives] = given
        for name in kept.keys() - _taken(parts[number + 1 :]):
            del kept[name]
    return model


@dataclass(frozen=True, slots=True)
class _Part:
    """What computes one layer's biased output from those of layers before it.

    Attributes:
        model: with one output.
        takes: names of its parameters, in order.
        gives: the name of the parameter by which later parts take its output.
    """

    model: ov.Model
    takes: tuple[str, ...]
    gives: str


def _parts(layers: Sequence[ov.Node]) -> list[_Part]:
    """Cut a model behind each of these layers, in network order; their model falls to pieces."""
    parts = []
    for layer in layers:
        parameters = _parameters(layer)
        takes = tuple(parameter.get_friendly_name() for parameter in parameters)
        output = layer.output(0)
        consumers = list(output.get_target_inputs())
        begin = ops.parameter(list(output.get_shape()), output.get_element_type())
        begin.set_friendly_name(f"{layer.get_friendly_name()}/kept")
        for consumer in consumers:
            consumer.replace_source_output(begin.output(0))
        part = ov.Model([ops.result(output)], parameters, "part")
        parts.append(_Part(part, takes, begin.get_friendly_name()))
    return parts


def _parameters(layer: ov.Node) -> list[ov.Node]:
    """The parameters that a layer depends on."""
    found: dict[str, ov.Node] = {}
    seen: set[str] = set()
    waiting = [layer]
    while waiting:
        node = waiting.pop()
        if node.get_name() in seen:
            continue
        seen.add(node.get_name())
        if node.get_type_name() == "Parameter":
            found[node.get_friendly_name()] = node
        waiting += [port.get_node() for port in node.input_values()]
    return list(found.values())


def _kept_bytes(parts: Sequence[_Part]) -> int:
    """The most that is kept of one image at a time, in bytes."""
    sizes: dict[str, int] = {}
    most = 0
    for number, part in enumerate(parts):
        for name, port in zip(part.takes, part.model.inputs, strict=True):
            sizes.setdefault(name, _bytes(port))
        sizes[part.gives] = _bytes(part.model.outputs[0])
        most = max(most, sum(sizes.values()))
        later = _taken(parts[number + 1 :])
        sizes = {name: size for name, size in sizes.items() if name in later}
    return most


def _taken(parts: Sequence[_Part]) -> set[str]:
    """What these parts still need."""
    return {name for part in parts for name in part.takes}


def _bytes(port: ov.Output) -> int:
    return int(np.prod(port.get_shape(), dtype=np.int64)) * int(port.get_element_type().size)


def _run(part: _Part, kept: Mapping[str, Arrays]) -> Arrays:
    """The part's output for each image, in order."""
    feeds = list(zip(*(kept[name] for name in part.takes), strict=True))
    return _inferred(
        part.model, feeds, lambda request: np.array(request.output_tensors[0].data, copy=True)
    )


def _inferred(
    model: ov.Model, feeds: Sequence[Any], look: Callable[[ov.InferRequest], Seen]
) -> list[Seen]:
    """What `look` takes from each inference, in the order of the feeds, whichever ends first."""
    queue = ov.AsyncInferQueue(ov.Core().compile_model(model, "CPU", _PROPERTIES))
    found: dict[int, Seen] = {}
    queue.set_callback(lambda request, index: found.update({index: look(request)}))
    for index, feed in enumerate(feeds):
        queue.start_async(feed, index)
    queue.wait_all()
    return [found[index] for index in range(len(feeds))]


def _fp32_means(
    model: ov.Model,
    layers: Sequence[ov.Node],
    ports: Sequence[ov.Input],
    feeds: Sequence[Mapping[int, NDArray[np.generic]]],
) -> list[NDArray[np.float64]]:
    """Mean of each layer's biased output over all images, in the shape of its bias."""
    outputs = []
    for layer, port in zip(layers, ports, strict=True):
        axes = _summed(len(layer.get_output_shape(0)), _value(port).shape)
        outputs.append(ops.reduce_mean(layer.output(0), np.array(axes), keep_dims=True).output(0))
    watched = ov.Model(outputs, model.get_parameters(), "means")
    seen = _inferred(
        watched,
        [dict(feed) for feed in feeds],
        lambda request: [np.array(tensor.data, np.float64) for tensor in request.output_tensors],
    )
    columns = zip(*seen, strict=True)
    return [
        np.mean(column, axis=0).reshape(_value(port).shape)
        for column, port in zip(columns, ports, strict=True)
    ]


def _biases(model: ov.Model) -> list[ov.Input]:
    """Where the biases of layers with rounded weights go in, in network order."""
    found = []
    for op in model.get_ordered_ops():
        if op.get_type_name() not in _WEIGHTED or not _has_rounded_weights(op):
            continue
        port = bias_port(op)
        # A value per channel; what is added per position is no bias.
        if port is None or sum(size > 1 for size in _value(port).shape) > 1:
            continue
        layer = port.get_node()
        if np.prod(layer.get_output_shape(0)) == _value(port).size or _has_layers_behind(layer):
            found.append(port)
    return found


def _has_layers_behind(layer: ov.Node) -> bool:
    """Whether another layer with weights takes what a layer gives, directly or not."""
    seen: set[str] = set()
    waiting = [layer]
    while waiting:
        for output in waiting.pop().outputs():
            for target in output.get_target_inputs():
                node = target.get_node()
                if node.get_type_name() in _WEIGHTED:
                    return True
                if node.get_name() not in seen:
                    seen.add(node.get_name())
                    waiting.append(node)
    return False


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


def _mean(array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    axes = _summed(array.ndim, shape)
    mean: NDArray[np.float64] = np.mean(array, axis=axes, keepdims=True, dtype=np.float64)
    return mean.reshape(shape)


def _summed(rank: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of an output of a rank that a bias of a shape has one value for."""
    aligned = (1,) * (rank - len(shape)) + shape
    return tuple(axis for axis, size in enumerate(aligned) if size == 1)
