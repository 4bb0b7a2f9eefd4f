"""Correct biases by what the CPU's own INT8 kernels give.

Rounding, clipping and, without VNNI, saturation shift the mean of a layer's outputs. The shift is
measured per channel with the kernels that will run, and taken from the bias. Each layer is given
what FP32 gives it: then its correction is its own, and holds whichever other layers are in INT8.
(Corrected within the quantized network, layers undo what they inherit from each other, and a group
that falls back takes half of such a bargain away.)

All layers are measured in one network: FP32, with each INT8 layer beside its original.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.core.operations import WEIGHTED
from calibrate.models.names import operations_of
from calibrate.quantization.async_infer import infer_ahead
from calibrate.quantization.constants import bias_port, replace_constant

_BETWEEN = ("Reshape", "Convert")
"""What may stand between a quantizer and the layer whose weights it rounds."""


def correct_biases(
    quantized: ov.Model, fp32: ov.Model, feeds: Sequence[Mapping[int, NDArray[np.generic]]]
) -> ov.Model:
    """A copy of the model in which each quantized layer with a bias has FP32's mean outputs.

    For FP32's inputs, that is.

    Args:
        quantized: FakeQuantize in front of activations and FP32 weights; left unchanged.
        fp32: the model that the quantizers went into, with the same names.
        feeds: inferences' inputs; a few tens suffice.
    """
    model = quantized.clone()
    original = {op.get_friendly_name() for op in fp32.get_ops()}
    ports = [port for port in _biases(model) if port.get_node().get_friendly_name() in original]
    if not ports:
        return model
    for port, shift in zip(
        ports, _shifts(quantized.clone(), fp32.clone(), ports, feeds), strict=True
    ):
        bias = _value(port)
        replace_constant(port, (bias + shift.reshape(bias.shape)).astype(bias.dtype))
    return model


def _shifts(
    quantized: ov.Model,
    fp32: ov.Model,
    ports: Sequence[ov.Input],
    feeds: Sequence[Mapping[int, NDArray[np.generic]]],
) -> list[NDArray[np.float64]]:
    """By how much the mean of FP32's output is above that of INT8's, by layer and channel.

    Args:
        quantized: becomes part of a network with `fp32`.
        fp32: likewise.
        ports: where the layers' biases go in, in a copy of `quantized`.
        feeds: inferences' inputs.
    """
    layers = [port.get_node().get_friendly_name() for port in ports]
    rounded, exact = operations_of(quantized), operations_of(fp32)
    for name in layers:
        # What comes after an INT8 layer takes what FP32 gives in its place.
        _hand_over(rounded[name].output(0), exact[name].output(0))
    for own, other in zip(quantized.get_parameters(), fp32.get_parameters(), strict=True):
        _hand_over(own.output(0), other.output(0))
    outputs = []
    for name, port in zip(layers, ports, strict=True):
        difference = ops.subtract(exact[name], rounded[name])
        axes = _summed(len(exact[name].get_output_shape(0)), _value(port).shape)
        outputs.append(ops.reduce_mean(difference, np.array(axes), keep_dims=True).output(0))
    beside = ov.Model(outputs, fp32.get_parameters(), "beside")
    found = [
        [np.array(array, np.float64) for array in arrays] for arrays in infer_ahead(beside, feeds)
    ]
    return [np.mean(column, axis=0) for column in zip(*found, strict=True)]


def _hand_over(source: ov.Output, to: ov.Output) -> None:
    for consumer in list(source.get_target_inputs()):
        consumer.replace_source_output(to)


def _biases(model: ov.Model) -> list[ov.Input]:
    """Where the biases of layers with rounded weights go in, in network order."""
    found = []
    for op in model.get_ordered_ops():
        if op.get_type_name() not in WEIGHTED or not _has_rounded_weights(op):
            continue
        port = bias_port(op)
        # A value per channel; what is added per position is no bias.
        if port is None or sum(size > 1 for size in _value(port).shape) > 1:
            continue
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


def _summed(rank: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of an output of a rank that a bias of a shape has one value for."""
    aligned = (1,) * (rank - len(shape)) + shape
    return tuple(axis for axis, size in enumerate(aligned) if size == 1)
