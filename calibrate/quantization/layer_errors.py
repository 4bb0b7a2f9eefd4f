"""The error of each INT8 layer by itself: its output against FP32's, both with FP32's inputs."""

from collections.abc import Mapping, Sequence

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.core.operations import WEIGHTED
from calibrate.models.names import operations_of
from calibrate.quantization.async_infer import infer_ahead
from calibrate.quantization.constants import bias_port
from calibrate.quantization.paired_layers import has_rounded_weights, side_by_side


def layer_errors(
    quantized: ov.Model, fp32: ov.Model, feeds: Sequence[Mapping[int, NDArray[np.generic]]]
) -> dict[str, float]:
    """Measure each quantized layer with weights by the kernels that run it.

    The error is the sum of squared differences over the sum of FP32's squares, the reciprocal of
    the signal-to-quantization-noise ratio. All layers are measured in one network.

    Args:
        quantized: FakeQuantize in front of activations and FP32 weights; left unchanged.
        fp32: the model that the quantizers went into, with the same names; left unchanged.
        feeds: inputs of inferences; a few suffice.

    Returns:
        By name, in network order; without layers whose FP32 output is zero throughout.
    """
    known = operations_of(fp32)
    layers = {
        op.get_friendly_name(): _with_bias(op, known)
        for op in quantized.get_ordered_ops()
        if op.get_type_name() in WEIGHTED
        and op.get_friendly_name() in known
        and has_rounded_weights(op)
    }
    if not layers:
        return {}
    original = fp32.clone()
    rounded, exact = side_by_side(quantized.clone(), original, layers.values())
    sums = [
        _squares(value)
        for name in layers.values()
        for value in (ops.subtract(exact[name], rounded[name]), exact[name])
    ]
    network = ov.Model([ops.result(ops.concat(sums, 0))], original.get_parameters(), "errors")
    rows = [np.array(outputs[0], np.float64) for outputs in infer_ahead(network, feeds)]
    noise, signal = np.sum(rows, axis=0).reshape(-1, 2).T
    return {
        name: float(noise[row] / signal[row])
        for row, name in enumerate(layers)
        if signal[row] > 0 and np.isfinite(noise[row])
    }


def _with_bias(op: ov.Node, known: Mapping[str, ov.Node]) -> str:
    """Return the name of the addition of the layer's bias if FP32 has it too, else the layer's."""
    port = bias_port(op)
    name = "" if port is None else str(port.get_node().get_friendly_name())
    return name if name in known else str(op.get_friendly_name())


def _squares(value: ov.Node) -> ov.Output:
    """Return [1]: the sum of squares."""
    axes = ops.constant(np.arange(len(value.get_output_shape(0))), np.int64)
    total = ops.reduce_sum(ops.multiply(value, value), axes)
    return ops.reshape(total, ops.constant(np.array([1], np.int64)), special_zero=False).output(0)
