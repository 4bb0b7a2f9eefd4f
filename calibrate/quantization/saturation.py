"""Count where INT8 products saturate on CPUs without VNNI.

Without VNNI, two products of an unsigned 8-bit activation and a signed 8-bit weight are summed
in a signed 16-bit register (`vpmaddubsw`), whose maximum is 32767: 255 * 127 + 255 * 127 does
not fit. The integer weights determine whether this can happen and the integer activations how
often it does, so no such CPU is needed.

The kernels pair neighbouring input channels at one position of the filter: channels 0 and 1,
2 and 3, and so on. A depthwise convolution has one input channel a group, so there is no
neighbour to pair with, and its products are widened one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import openvino as ov
from numpy.typing import NDArray

LIMIT = 32767
_LOWEST = -32768
_POSITIONS = 48
_PAIRED = ("Convolution", "MatMul")

Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Saturation:
    """How often pairs of products saturate in one layer.

    Attributes:
        can: share of weight pairs that overflow for some activations.
        does: share of pair sums that overflowed on real activations.
        excess: squared error that the overflow causes in the layer's outputs, relative to their
            energy; the divergence is expected to be proportional to it.
    """

    can: float
    does: float
    excess: float


@dataclass(frozen=True, slots=True)
class Layer:
    """A quantized layer as the integers that its kernel processes.

    Attributes:
        name: of the operation.
        weights: [outputs, inputs, taps] int32, -128 to 127.
        patches: [positions, inputs, taps] int32, 0 to 255: the inputs that the filter covers.
    """

    name: str
    weights: Integers
    patches: Integers


def count(layer: Layer) -> Saturation:
    """Count the pairs of one layer."""
    weights, patches = _even(layer.weights), _even(layer.patches)
    outputs, inputs, taps = weights.shape
    pairs = weights.reshape(outputs, inputs // 2, 2, taps)
    highest = 255 * np.maximum(pairs, 0).sum(axis=2)
    lowest = 255 * np.minimum(pairs, 0).sum(axis=2)
    can = float(np.mean((highest > LIMIT) | (lowest < _LOWEST)))
    if can == 0 or not len(patches):
        return Saturation(can, 0.0, 0.0)
    paired_patches = patches.reshape(len(patches), inputs // 2, 2, taps)
    overflowed, lost, energy = 0, 0.0, 0.0
    for row in paired_patches:
        # [outputs, pairs, taps]; one position at a time keeps it small.
        sums = pairs[:, :, 0] * row[:, 0] + pairs[:, :, 1] * row[:, 1]
        saturated = np.clip(sums, _LOWEST, LIMIT)
        overflowed += int(np.count_nonzero(sums != saturated))
        exact = sums.sum(axis=(1, 2), dtype=np.float64)
        lost += float(np.sum((exact - saturated.sum(axis=(1, 2), dtype=np.float64)) ** 2))
        energy += float(np.sum(exact**2))
    total = len(paired_patches) * outputs * (inputs // 2) * taps
    return Saturation(can, overflowed / total, lost / energy if energy else 0.0)


def layers(
    quantized: ov.Model, feeds: Sequence[Mapping[int, NDArray[np.generic]]], *, seed: int = 0
) -> tuple[Layer, ...]:
    """Return the integers of every layer whose kernel pairs products, in network order.

    Args:
        quantized: FakeQuantize in front of activations and FP32 weights.
        feeds: inputs of a few inferences; positions are drawn from their activations.
        seed: of the draw.
    """
    paired_layers = [op for op in quantized.get_ordered_ops() if _is_paired(op)]
    if not paired_layers:
        return ()
    outputs = {op.get_friendly_name(): op.input_value(0) for op in paired_layers}
    watched = ov.Model(list(outputs.values()), quantized.get_parameters(), "activations")
    compiled = ov.Core().compile_model(watched, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    activations: dict[str, list[NDArray[np.float32]]] = {name: [] for name in outputs}
    for feed in feeds:
        for name, array in zip(outputs, compiled(dict(feed)).values(), strict=True):
            activations[name].append(np.array(array))
    generator = np.random.default_rng(seed)
    return tuple(
        Layer(
            op.get_friendly_name(),
            _integer_weights(op),
            _patches(op, activations[op.get_friendly_name()], generator),
        )
        for op in paired_layers
    )


def _is_paired(op: ov.Node) -> bool:
    return (
        op.get_type_name() in _PAIRED
        and all(op.input_value(i).get_node().get_type_name() == "FakeQuantize" for i in (0, 1))
        and op.input_value(1).get_node().input_value(0).get_node().get_type_name() == "Constant"
    )


def _integer_weights(op: ov.Node) -> Integers:
    quantizer = op.input_value(1).get_node()
    weights = quantizer.input_value(0).get_node().data.astype(np.float64)
    low, high = (quantizer.input_value(i).get_node().data for i in (3, 4))
    step = (high - low) / (quantizer.get_attributes()["levels"] - 1)
    rounded = np.clip(np.rint(weights / np.where(step == 0, 1, step)), -128, 127)
    integers: Integers = rounded.astype(np.int32)
    if op.get_type_name() != "MatMul":
        return integers.reshape(*integers.shape[:2], -1)
    if not op.get_attributes()["transpose_b"]:
        integers = np.swapaxes(integers, -1, -2)
    return integers.reshape(-1, integers.shape[-1], 1)


def _unsigned(op: ov.Node, activations: NDArray[np.float32]) -> Integers:
    """Return activations as the kernel's unsigned bytes; it shifts signed ones by 128."""
    quantizer = op.input_value(0).get_node()
    low, high = (quantizer.input_value(i).get_node().data.astype(np.float64) for i in (3, 4))
    step = (high - low) / (quantizer.get_attributes()["levels"] - 1)
    integers: Integers = np.rint((activations - low) / np.where(step == 0, 1, step)).astype(
        np.int32
    )
    return integers


def _patches(
    op: ov.Node, arrays: Sequence[NDArray[np.float32]], generator: np.random.Generator
) -> Integers:
    bytes_ = [_unsigned(op, array) for array in arrays]
    if op.get_type_name() == "MatMul":
        if op.get_attributes()["transpose_a"]:
            bytes_ = [np.swapaxes(array, -1, -2) for array in bytes_]
        rows = np.concatenate([array.reshape(-1, array.shape[-1]) for array in bytes_])
        chosen = generator.permutation(len(rows))[:_POSITIONS]
        return rows[chosen][:, :, None]
    attributes = op.get_attributes()
    size = op.input_value(1).get_node().get_output_shape(0)[2:]
    stride, dilation = attributes["strides"], attributes["dilations"]
    begin, end = attributes["pads_begin"], attributes["pads_end"]
    each = max(1, _POSITIONS // len(bytes_))
    patches = []
    for array in bytes_:
        pad = [(0, 0), (0, 0), *zip(begin, end, strict=True)]
        padded = np.pad(array, pad)
        spans = [(n - 1) * d + 1 for n, d in zip(size, dilation, strict=True)]
        for _ in range(each):
            window = [slice(0, 1), slice(None)]
            for axis, (span, step, spread) in enumerate(zip(spans, stride, dilation, strict=True)):
                places = (padded.shape[2 + axis] - span) // step + 1
                start = int(generator.integers(max(1, places))) * step
                window.append(slice(start, start + span, spread))
            patches.append(padded[tuple(window)][0].reshape(array.shape[1], -1))
    return np.stack(patches)


def _even(array: Integers) -> Integers:
    """Append a channel of zeros if the number of channels is odd, as the kernels do."""
    if array.shape[1] % 2 == 0:
        return array
    return np.concatenate([array, np.zeros_like(array[:, :1])], axis=1)
