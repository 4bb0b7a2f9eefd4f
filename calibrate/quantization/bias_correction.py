"""Correct biases from the outputs of the CPU's INT8 kernels.

Rounding, clipping and, without VNNI, saturation shift the mean of a layer's outputs. The shift is
measured per channel with the kernels that will run, and subtracted from the bias. Each layer
receives its FP32 inputs, so its correction does not depend on which other layers are in INT8.
(Corrected within the quantized network, layers compensate for shifts of earlier layers, which is
wrong once such a layer falls back to floating point.)

All layers are measured in one network: the FP32 model with each INT8 layer beside its original.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.core.operations import WEIGHTED
from calibrate.quantization.async_infer import infer_ahead
from calibrate.quantization.constants import bias_port, replace_constant
from calibrate.quantization.paired_layers import has_rounded_weights, side_by_side


def correct_biases(
    quantized: ov.Model, fp32: ov.Model, feeds: Sequence[Mapping[int, NDArray[np.generic]]]
) -> ov.Model:
    """Return a copy in which each quantized layer with a bias has the mean outputs of FP32.

    The means are taken for FP32 inputs of the layer.

    Args:
        quantized: FakeQuantize in front of activations and FP32 weights; left unchanged.
        fp32: the model that the quantizers went into, with the same names.
        feeds: inputs of inferences; a few tens suffice.
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
    """Return the mean FP32 output minus the mean INT8 output, by layer and channel.

    Args:
        quantized: becomes part of a network with `fp32`.
        fp32: likewise.
        ports: inputs of the layers' biases, in a copy of `quantized`.
        feeds: inputs of inferences.
    """
    layers = [port.get_node().get_friendly_name() for port in ports]
    rounded, exact = side_by_side(quantized, fp32, layers)
    outputs = []
    for name, port in zip(layers, ports, strict=True):
        difference = ops.subtract(exact[name], rounded[name])
        axes = _summed(len(exact[name].get_output_shape(0)), _value(port).shape)
        outputs.append(ops.reduce_mean(difference, np.array(axes), keep_dims=True).output(0))
    beside = ov.Model(outputs, fp32.get_parameters(), "beside")
    differences = [
        [np.array(array, np.float64) for array in arrays] for arrays in infer_ahead(beside, feeds)
    ]
    return [np.mean(column, axis=0) for column in zip(*differences, strict=True)]


def _biases(model: ov.Model) -> list[ov.Input]:
    """Return the bias inputs of layers with rounded weights, in network order."""
    ports = []
    for op in model.get_ordered_ops():
        if op.get_type_name() not in WEIGHTED or not has_rounded_weights(op):
            continue
        port = bias_port(op)
        # A bias has one value per channel; a constant per position is not a bias.
        if port is None or sum(size > 1 for size in _value(port).shape) > 1:
            continue
        ports.append(port)
    return ports


def _value(port: ov.Input) -> NDArray[np.floating]:
    values: NDArray[np.floating] = port.get_source_output().get_node().data
    return values


def _summed(rank: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the axes of an output along which a bias of a shape is constant."""
    aligned = (1,) * (rank - len(shape)) + shape
    return tuple(axis for axis, size in enumerate(aligned) if size == 1)
