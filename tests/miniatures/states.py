"""Miniatures that keep state between inferences, and samples that are sequences for them."""

import numpy as np
import openvino as ov
from openvino import opset6
from openvino import opset13 as ops

from tests.fixtures.layers import conv, integers, linear, mean, normal, parameter, scalar
from tests.miniatures.dynamic import shape, size_of
from tests.miniatures.record import Miniature

COUNT = 24


def stateful(outputs: list[ov.Node], updates: dict[str, ov.Node], *inputs: ov.Node) -> ov.Model:
    """A model whose variables become `updates` after each inference."""
    results = []
    for number, output in enumerate(outputs):
        result = ops.result(output)
        result.output(0).set_names({f"y{number}"})
        results.append(result)
    assigns = [opset6.assign(value, name) for name, value in updates.items()]
    return ov.Model(results, assigns, list(inputs), "stateful")


def recurrent() -> ov.Model:
    """A step of a recurrent network with an open batch."""
    x = parameter([-1, 16])
    start = ops.broadcast(ops.constant(np.float32(0)), shape(size_of(x, 0), 16))
    before = opset6.read_value(start, "hidden")
    joined = ops.add(linear(ops.relu(linear(x, 16, 16)), 16, 16, seed=3), linear(before, 16, 16))
    after = ops.tanh(joined)
    return stateful([linear(after, 16, 4, seed=7)], {"hidden": after}, x)


def convolutional() -> ov.Model:
    """A step of sound: a convolution over what came and the frames before, kept as state."""
    x = parameter([1, 8, 4])
    before = opset6.read_value(ops.constant(np.zeros((1, 8, 6), np.float32)), "frames")
    frames = ops.concat([before, x], 2)
    kept = ops.slice(frames, integers(4), integers(10), integers(1), integers(2))
    h = mean(conv(conv(frames, 8, 16, (3,)), 16, 16, (3,), seed=3), 2)
    return stateful([linear(h, 16, 4), ops.gather(h, scalar(0), scalar(1))], {"frames": kept}, x)


MINIATURES = (
    Miniature("recurrent state", recurrent, {"x": normal(COUNT, 6, 16)}),
    Miniature("frames as state", convolutional, {"x": normal(COUNT, 5, 8, 4)}),
)
