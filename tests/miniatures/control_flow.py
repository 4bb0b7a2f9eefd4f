"""Miniatures with bodies: If, Loop, TensorIterator; and element types."""

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from tests.fixtures.layers import (
    conv,
    integers,
    linear,
    mean,
    model,
    normal,
    parameter,
    scalar,
    weights,
)
from tests.miniatures.record import Miniature

COUNT = 24


def branches() -> ov.Model:
    """If with a convolution in either body."""
    x = parameter([1, 3, 12, 12])
    h = conv(x, 3, 16)

    def body(seed: int) -> tuple[ov.Model, ov.Node]:
        inner = ops.parameter([1, 16, 12, 12], np.float32)
        return ov.Model([conv(inner, 16, 16, seed=seed)], [inner], f"body{seed}"), inner

    condition = ops.greater(mean(x, 0, 1, 2, 3), ops.constant(np.float32(0)))
    node = ops.if_op(condition.output(0))
    (then, then_input), (other, other_input) = body(4), body(6)
    node.set_then_body(then)
    node.set_else_body(other)
    node.set_input(h.output(0), then_input, other_input)
    chosen = node.set_output(then.results[0], other.results[0])
    return model(linear(mean(chosen, 2, 3), 16, 6), x)


def iterator() -> ov.Model:
    """TensorIterator over steps with a matrix product in its body."""
    x = parameter([1, 6, 16])
    step, state = ops.parameter([1, 1, 16], np.float32), ops.parameter([1, 16], np.float32)
    joined = ops.add(linear(ops.squeeze(step, integers(1)), 16, 16), linear(state, 16, 16, seed=3))
    after = ops.tanh(joined)
    body = ov.Model([after, ops.unsqueeze(after, integers(1))], [step, state], "body")
    node = ops.tensor_iterator()
    node.set_body(body)
    node.set_sliced_input(step, ops.relu(linear(x, 16, 16, seed=6)).output(0), 0, 1, 1, -1, 1)
    start = ops.constant(np.zeros((1, 16), np.float32))
    node.set_merged_input(state, start.output(0), body.results[0].output(0))
    node.get_iter_value(body.results[0].output(0), -1)
    steps = node.get_concatenated_slices(body.results[1].output(0), 0, 1, 1, -1, 1)
    return model(linear(mean(steps, 1), 16, 4), x)


def loop() -> ov.Model:
    """Loop of three rounds with a matrix product in its body."""
    x = parameter([1, 16])
    state = ops.parameter([1, 16], np.float32)
    after = ops.tanh(linear(state, 16, 16, seed=3))
    go_on = ops.constant(np.array(True))
    body = ov.Model([after, go_on], [state], "body")
    node = ops.loop(scalar(3), ops.constant(np.array(True)))
    node.set_function(body)
    node.set_special_body_ports([-1, 1])
    node.set_merged_input(state, ops.relu(linear(x, 16, 16)).output(0), body.results[0].output(0))
    last = node.get_iter_value(body.results[0].output(0), -1)
    return model(linear(last, 16, 4), x)


def half_weights() -> ov.Model:
    """FP16 weights behind a Convert, as `ovc` writes them."""
    x = parameter([1, 3, 12, 12])
    kernel = ops.convert(ops.constant(weights(8, 3, 3, 3).astype(np.float16)), "f32")
    h = ops.relu(ops.convolution(x, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
    return model(linear(mean(conv(h, 8, 8), 2, 3), 8, 6), x)


def _of_type(kind: ov.Type) -> ov.Model:
    x = parameter([1, 3, 12, 12], kind)

    def constant(*shape: int) -> ov.Node:
        return ops.convert(ops.constant(weights(*shape)), kind.to_string())

    h = ops.relu(ops.convolution(x, constant(8, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1]))
    return model(ops.matmul(mean(h, 2, 3), constant(6, 8), False, True), x)


def bfloat16() -> ov.Model:
    return _of_type(ov.Type.bf16)


def float64() -> ov.Model:
    x = parameter([1, 3, 12, 12], np.float64)
    kernel = ops.constant(weights(8, 3, 3, 3).astype(np.float64))
    h = ops.relu(ops.convolution(x, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
    last = ops.constant(weights(6, 8).astype(np.float64))
    return model(ops.matmul(mean(h, 2, 3), last, False, True), x)


def float16() -> ov.Model:
    return _of_type(ov.Type.f16)


IMAGES = normal(COUNT, 3, 12, 12)
MINIATURES = (
    Miniature("If", branches, {"x": IMAGES}),
    Miniature("TensorIterator", iterator, {"x": normal(COUNT, 6, 16)}),
    Miniature("Loop", loop, {"x": normal(COUNT, 16)}),
    Miniature("FP16 weights", half_weights, {"x": IMAGES}, int8=2),
    Miniature("bfloat16 input", bfloat16, {"x": IMAGES}),
    Miniature("float16 input", float16, {"x": IMAGES}),
    Miniature("float64 model", float64, {"x": IMAGES}),
)
