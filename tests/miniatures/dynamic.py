"""Miniatures with open dimensions, whose shapes are computed inside as exporters write it."""

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from tests.fixtures.layers import (
    Tensor,
    conv,
    integers,
    layer_norm,
    linear,
    mean,
    model,
    normal,
    parameter,
    scalar,
    tokens,
    weights,
)
from tests.miniatures.record import Miniature

COUNT = 24


def size_of(x: Tensor, axis: int) -> ov.Node:
    """One dimension as [1] of int64."""
    return ops.gather(ops.shape_of(x), integers(axis), scalar(0))


def shape(*parts: ov.Node | int) -> ov.Node:
    """A target shape of known and computed sizes."""
    return ops.concat([integers(p) if isinstance(p, int) else p for p in parts], 0)


def detector() -> ov.Model:
    """Open batch, height and width: a pyramid with upsampling to another level, two heads."""
    x = parameter([-1, 3, -1, -1])
    fine = conv(x, 3, 8)
    coarse = conv(ops.max_pool(fine, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0), 8, 8)
    sizes = shape(size_of(fine, 2), size_of(fine, 3))
    up = ops.interpolate(coarse, sizes, "nearest", "sizes", axes=integers(2, 3))
    joined = conv(ops.concat([fine, up], 1), 16, 8, seed=3)
    heads = []
    for seed, channels in ((5, 4), (7, 2)):
        head = conv(joined, 8, channels, (1, 1), seed=seed)
        flat = ops.reshape(head, shape(size_of(head, 0), channels, -1), False)
        heads.append(ops.transpose(flat, integers(0, 2, 1)))
    return model(heads, x)


def recognizer() -> ov.Model:
    """Open batch and width: columns of an image become steps, as in text recognition."""
    x = parameter([-1, 1, 16, -1])
    h = conv(conv(x, 1, 8), 8, 8, seed=3)
    columns = ops.transpose(h, integers(0, 3, 1, 2))
    steps = ops.reshape(columns, shape(size_of(columns, 0), size_of(columns, 1), 128), False)
    return model(ops.softmax(linear(ops.relu(linear(steps, 128, 16)), 16, 20), -1), x)


def encoder() -> ov.Model:
    """Open batch and length: token and position embeddings, attention by heads, mean by mask."""
    ids, mask = parameter([-1, -1], np.int64, "ids"), parameter([-1, -1], np.int64, "mask")
    length = ops.squeeze(size_of(ids, 1), integers(0))
    positions = ops.range(scalar(0), length, scalar(1), "i64")
    table = ops.gather(ops.constant(weights(64, 16, seed=1, scale=0.2)), positions, scalar(0))
    h = ops.gather(ops.constant(weights(200, 16, scale=1)), ids, scalar(0))
    h = layer_norm(ops.add(h, ops.unsqueeze(table, integers(0))), 16)

    def by_head(y: Tensor) -> ov.Node:
        target = shape(size_of(y, 0), size_of(y, 1), 2, 8)
        return ops.transpose(ops.reshape(y, target, False), integers(0, 2, 1, 3))

    q, k, v = (by_head(linear(h, 16, 16, seed=seed)) for seed in (20, 22, 24))
    scores = ops.multiply(ops.matmul(q, k, False, True), ops.constant(np.float32(8**-0.5)))
    keep = ops.unsqueeze(ops.unsqueeze(ops.convert(mask, "f32"), integers(1)), integers(2))
    far = ops.multiply(
        ops.subtract(ops.constant(np.float32(1)), keep), ops.constant(np.float32(-1e4))
    )
    mixed = ops.matmul(ops.softmax(ops.add(scores, far), -1), v, False, False)
    joined = ops.transpose(mixed, integers(0, 2, 1, 3))
    joined = ops.reshape(joined, shape(size_of(joined, 0), size_of(joined, 1), 16), False)
    h = layer_norm(ops.add(h, linear(joined, 16, 16, seed=26)), 16)
    h = ops.add(h, linear(ops.gelu(linear(h, 16, 32, seed=30), "erf"), 32, 16, seed=32))
    kept = ops.unsqueeze(ops.convert(mask, "f32"), integers(-1))
    total = ops.reduce_sum(ops.multiply(h, kept), integers(1))
    return model(ops.divide(total, ops.reduce_sum(kept, integers(1))), ids, mask)


def steps() -> ov.Model:
    """Open batch and time: a GRU over what a layer gives."""
    x = parameter([-1, -1, 16])
    batch = size_of(x, 0)
    zeros = ops.broadcast(ops.constant(np.float32(0)), shape(batch, 1, 16))
    lengths = ops.broadcast(ops.squeeze(size_of(x, 1), integers(0)), batch)
    states = ops.gru_sequence(
        ops.relu(linear(x, 16, 16)),
        zeros,
        lengths,
        ops.constant(weights(1, 48, 16)),
        ops.constant(weights(1, 48, 16, seed=1)),
        ops.constant(np.zeros((1, 64), np.float32)),
        16,
        "forward",
        linear_before_reset=True,
    )
    return model(linear(ops.squeeze(states.output(1), integers(1)), 16, 5), x)


def position_grid() -> ov.Model:
    """Open size: a table of positions resized to the image, which static shapes fold."""
    x = parameter([1, 3, -1, -1])
    h = conv(x, 3, 8)
    sizes = shape(size_of(h, 2), size_of(h, 3))
    table = ops.constant(weights(1, 8, 4, 4, seed=9))
    grid = ops.interpolate(table, sizes, "linear_onnx", "sizes", axes=integers(2, 3))
    return model(linear(mean(conv(ops.add(h, grid), 8, 8, seed=5), 2, 3), 8, 6), x)


def sliced_weights() -> ov.Model:
    """Open length: a layer whose weights are cut to the length of the input."""
    x = parameter([1, -1])
    h = ops.relu(x)
    table = ops.constant(weights(32, 64))
    cut = ops.slice(table, integers(0), size_of(x, 1), integers(1), integers(1))
    return model(linear(ops.relu(ops.matmul(h, cut, False, True)), 32, 6, seed=3), x)


IDS = tokens(COUNT, 8, 200)
MASK = np.tri(COUNT, 8, 0, np.int64)
MASK[:, 0] = 1
OPEN = (
    Miniature("open batch and size", detector, {"x": normal(COUNT, 3, 12, 16)}),
    Miniature("open batch and length of tokens", encoder, {"ids": IDS, "mask": MASK}),
)
STATIC = (
    (
        Miniature("weights cut to an open length", sliced_weights, {"x": normal(COUNT, 16)}),
        "depends on open dimensions",
    ),
)
