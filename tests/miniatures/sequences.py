"""Miniatures that take tokens, tables, sequences or states."""

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from tests.fixtures.layers import (
    integers,
    layer_norm,
    linear,
    mean,
    model,
    normal,
    parameter,
    scalar,
    tokens,
    transformer_block,
    weights,
)
from tests.miniatures.record import Miniature

COUNT = 24


def embedding() -> ov.Model:
    ids = parameter([1, 8], np.int64, "ids")
    table = ops.constant(weights(300, 16, scale=1))
    h = mean(ops.gather(table, ids, scalar(0)), 1)
    return model(linear(ops.relu(linear(h, 16, 32)), 32, 6), ids)


def masked_pooling() -> ov.Model:
    x, mask = parameter([1, 8, 16]), parameter([1, 8], name="mask")
    h = ops.relu(linear(x, 16, 16))
    kept = ops.unsqueeze(mask, integers(-1))
    total = ops.reduce_sum(ops.multiply(h, kept), integers(1))
    count = ops.maximum(ops.reduce_sum(kept, integers(1)), ops.constant(np.float32(1e-9)))
    return model(linear(ops.divide(total, count), 16, 4), x, mask)


def bert() -> ov.Model:
    ids, mask = parameter([1, 8], np.int64, "ids"), parameter([1, 8], np.int64, "mask")
    h = ops.gather(ops.constant(weights(200, 16, scale=1)), ids, scalar(0))
    h = layer_norm(ops.add(h, ops.constant(weights(1, 8, 16, scale=0.2))), 16)
    h = transformer_block(transformer_block(h, 8, 16), 8, 16, fused=True)
    kept = ops.unsqueeze(ops.convert(mask, "f32"), integers(-1))
    return model(linear(mean(ops.multiply(h, kept), 1), 16, 5), ids, mask)


def outlier_channels() -> ov.Model:
    """Attention behind norms of which two channels are far larger than the others."""
    x = parameter([1, 8, 32])
    scale = np.ones(32, np.float32)
    scale[[3, 11]] = 1000, 500

    def product(y: ov.Node, outputs: int, seed: int) -> ov.Node:
        matrix = weights(outputs, 32, seed=seed) / scale
        return ops.matmul(y, ops.constant(matrix), False, True)

    h = ops.multiply(layer_norm(x, 32), ops.constant(scale))
    q, k, v = (product(h, 32, seed) for seed in (1, 2, 3))
    scores = ops.multiply(ops.matmul(q, k, False, True), ops.constant(np.float32(32**-0.5)))
    h = ops.add(x, linear(ops.matmul(ops.softmax(scores, -1), v, False, False), 32, 32, seed=5))
    h = ops.multiply(layer_norm(h, 32), ops.constant(scale))
    h = ops.gelu(product(h, 64, 7), "erf")
    return model(linear(mean(h, 1), 64, 6, seed=9), x)


def token_probabilities() -> ov.Model:
    x = parameter([1, 6, 16])
    scores = linear(ops.relu(linear(x, 16, 32)), 32, 200)
    return model(ops.softmax(scores, -1), x)


def gru() -> ov.Model:
    x = parameter([1, 10, 16])
    states = ops.gru_sequence(
        ops.relu(linear(x, 16, 16)),
        ops.constant(np.zeros((1, 1, 16), np.float32)),
        integers(10),
        ops.constant(weights(1, 48, 16)),
        ops.constant(weights(1, 48, 16, seed=1)),
        ops.constant(np.zeros((1, 64), np.float32)),
        16,
        "forward",
        linear_before_reset=True,
    )
    steps = ops.squeeze(states.output(0), integers(1))
    return model(linear(ops.gather(steps, scalar(-1), scalar(1)), 16, 5), x)


def lstm() -> ov.Model:
    x = parameter([1, 10, 16])
    states = ops.lstm_sequence(
        x,
        ops.constant(np.zeros((1, 2, 16), np.float32)),
        ops.constant(np.zeros((1, 2, 16), np.float32)),
        integers(10),
        ops.constant(weights(2, 64, 16)),
        ops.constant(weights(2, 64, 16, seed=1)),
        ops.constant(np.zeros((2, 64), np.float32)),
        16,
        "bidirectional",
    )
    both = ops.transpose(states.output(0), integers(0, 2, 1, 3))
    last = ops.gather(ops.reshape(both, integers(1, 10, 32), False), scalar(-1), scalar(1))
    return model(linear(last, 32, 5), x)


def states_as_inputs() -> ov.Model:
    """A step of an LSTM: its states [layers, batch, hidden] go in and come out."""
    x = parameter([1, 1, 16])
    hidden, cell = parameter([1, 1, 16], name="h"), parameter([1, 1, 16], name="c")
    states = ops.lstm_sequence(
        ops.relu(linear(x, 16, 16)),
        ops.transpose(hidden, integers(1, 0, 2)),
        ops.transpose(cell, integers(1, 0, 2)),
        integers(1),
        ops.constant(weights(1, 64, 16)),
        ops.constant(weights(1, 64, 16, seed=1)),
        ops.constant(np.zeros((1, 64), np.float32)),
        16,
        "forward",
    )
    out = linear(ops.squeeze(states.output(0), integers(1, 2)), 16, 2)
    after = [ops.transpose(states.output(index), integers(1, 0, 2)) for index in (1, 2)]
    return model([out, *after], x, hidden, cell)


def layers_first_state() -> ov.Model:
    """An open batch that is the second dimension of the state: [2, batch, 16]."""
    x, state = parameter([-1, 16]), parameter([2, -1, 16], name="state")
    lower, upper = (ops.gather(state, scalar(layer), scalar(0)) for layer in range(2))
    lower = ops.tanh(ops.add(linear(x, 16, 16), linear(lower, 16, 16, seed=4)))
    upper = ops.tanh(ops.add(linear(lower, 16, 16, seed=6), linear(upper, 16, 16, seed=8)))
    after = ops.concat([ops.unsqueeze(lower, integers(0)), ops.unsqueeze(upper, integers(0))], 0)
    return model([linear(upper, 16, 4), after], x, state)


def lengths() -> ov.Model:
    """A second input [batch] of rank 1."""
    x, length = parameter([1, 8, 16]), parameter([1], np.int64, "length")
    total = ops.reduce_sum(ops.relu(linear(x, 16, 16)), integers(1))
    count = ops.unsqueeze(ops.convert(length, "f32"), integers(1))
    return model(linear(ops.divide(total, count), 16, 4), x, length)


def rate() -> ov.Model:
    """A second input of rank 0: the sampling rate."""
    x, sampling = parameter([1, 64]), parameter([], np.int64, "rate")
    factor = ops.divide(ops.convert(sampling, "f32"), ops.constant(np.float32(16000)))
    return model(linear(ops.relu(linear(ops.multiply(x, factor), 64, 32)), 32, 4), x, sampling)


def no_batch() -> ov.Model:
    """One sequence [steps, features], no dimension for a batch."""
    x = parameter([12, 16])
    return model(linear(mean(ops.relu(linear(x, 16, 16)), 0), 16, 4), x)


def vector() -> ov.Model:
    """One vector [features]."""
    x = parameter([16])
    return model(linear(ops.relu(linear(ops.unsqueeze(x, integers(0)), 16, 32)), 32, 4), x)


def decomposed_norm() -> ov.Model:
    """A norm whose epsilon is far below the calibrated range."""
    x = parameter([1, 16])
    h = ops.relu(linear(linear(x, 16, 32), 32, 32))
    power = mean(ops.multiply(h, h), 1, keep_dims=True)
    h = ops.divide(h, ops.sqrt(ops.add(power, ops.constant(np.float32(1e-6)))))
    return model(ops.softmax(linear(h, 32, 5), 1), x)


def einsum() -> ov.Model:
    x = parameter([1, 8, 16])
    q, k = linear(x, 16, 16), linear(x, 16, 16, seed=4)
    scores = ops.softmax(ops.einsum([q.output(0), k.output(0)], "bid,bjd->bij"), -1)
    mixed = ops.einsum([scores.output(0), linear(x, 16, 16, seed=6).output(0)], "bij,bjd->bid")
    return model(linear(mean(mixed, 1), 16, 4), x)


def open_sequence() -> ov.Model:
    """Open batch and open length."""
    x = parameter([-1, -1, 16])
    return model(linear(mean(ops.relu(linear(x, 16, 32)), 1), 32, 6), x)


QUIET = normal(COUNT, 16) * np.logspace(-4, 2, COUNT, dtype=np.float32)[:, None]
STEPS = normal(COUNT, 10, 16)
MINIATURES = (
    Miniature("embedding", embedding, {"ids": tokens(COUNT, 8, 300)}, int8=2),
    Miniature(
        "masked pooling",
        masked_pooling,
        {"x": normal(COUNT, 8, 16), "mask": np.tri(COUNT, 8, 0, np.float32)},
    ),
    Miniature(
        "BERT",
        bert,
        {"ids": tokens(COUNT, 8, 200), "mask": np.tri(COUNT, 8, 0, np.int64)},
        int8=5,
    ),
    Miniature("attention, outlier channels", outlier_channels, {"x": normal(COUNT, 8, 32)}),
    Miniature(
        "probabilities of tokens",
        token_probabilities,
        {"x": normal(COUNT, 6, 16)},
        {"decoder": {"type": "token_scores"}, "metrics": [{"type": "kl_divergence"}]},
    ),
    Miniature("GRU, last step", gru, {"x": STEPS}),
    Miniature("LSTM, last step", lstm, {"x": STEPS}),
    Miniature(
        "states as inputs",
        states_as_inputs,
        {"x": normal(COUNT, 1, 16), "h": normal(COUNT, 1, 16), "c": normal(COUNT, 1, 16)},
    ),
    Miniature(
        "layers before the batch",
        layers_first_state,
        {"x": normal(COUNT, 16), "state": normal(COUNT, 2, 16)},
    ),
    Miniature(
        "lengths of rank 1",
        lengths,
        {
            "x": normal(COUNT, 8, 16),
            "length": np.random.default_rng(0).integers(1, 9, COUNT),
        },
    ),
    Miniature(
        "rate of rank 0",
        rate,
        {"x": normal(COUNT, 64)},
        {"model": {"inputs": {"rate": {"value": 16000}}}},
    ),
    Miniature("no batch", no_batch, {"x": normal(COUNT, 12, 16)}),
    Miniature("a vector", vector, {"x": normal(COUNT, 16)}),
    Miniature("decomposed norm, silent samples", decomposed_norm, {"x": QUIET}),
    Miniature("Einsum", einsum, {"x": normal(COUNT, 8, 16)}),
    Miniature("open batch and length", open_sequence, {"x": normal(COUNT, 8, 16)}, int8=2),
)
