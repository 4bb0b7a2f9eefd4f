"""Miniatures of kinds that are seldom exported: transforms, sampling, odd inputs and outputs."""

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
    tokens,
    weights,
)
from tests.miniatures.record import Miniature

COUNT = 24


def fourier() -> ov.Model:
    """A layer over frequencies between a transform and its inverse."""
    x = parameter([1, 8, 16])
    pairs = ops.concat(
        [ops.unsqueeze(x, integers(-1)), ops.constant(np.zeros((1, 8, 16, 1), np.float32))], -1
    )
    spectrum = ops.dft(pairs, integers(2))
    flat = ops.reshape(spectrum, integers(1, 8, 32), False)
    mixed = ops.reshape(
        linear(ops.relu(linear(flat, 32, 32)), 32, 32, seed=3), integers(1, 8, 16, 2), False
    )
    back = ops.gather(ops.idft(mixed, integers(2)), scalar(0), scalar(3))
    return model(linear(mean(back, 1), 16, 6), x)


def deformable() -> ov.Model:
    x = parameter([1, 3, 12, 12])
    h = conv(x, 3, 8)
    offsets = ops.multiply(conv(h, 8, 18, seed=3), ops.constant(np.float32(0.3)))
    kernel = ops.constant(weights(8, 8, 3, 3, seed=5))
    bent = ops.deformable_convolution(h, offsets, kernel, [1, 1], [1, 1], [1, 1], [1, 1])
    return model(linear(mean(ops.relu(bent), 2, 3), 8, 6), x)


def grid_sample() -> ov.Model:
    x = parameter([1, 3, 12, 12])
    h = conv(x, 3, 8)
    grid = ops.tanh(ops.transpose(conv(h, 8, 2, seed=3), integers(0, 2, 3, 1)))
    sampled = ops.grid_sample(h, grid, {"mode": "bilinear", "align_corners": False})
    return model(linear(mean(conv(sampled, 8, 8, seed=5), 2, 3), 8, 6), x)


def scatter() -> ov.Model:
    x, where = parameter([1, 4, 16]), parameter([1, 4], np.int64, "where")
    rows = ops.relu(linear(x, 16, 16))
    canvas = ops.constant(np.zeros((1, 32, 16), np.float32))
    places = ops.broadcast(ops.unsqueeze(where, integers(-1)), integers(1, 4, 16))
    filled = ops.scatter_elements_update(canvas, places, rows, scalar(1))
    return model(linear(mean(ops.relu(linear(filled, 16, 16, seed=3)), 1), 16, 6), x, where)


def complex_input() -> ov.Model:
    """Real and imaginary parts as a last dimension of two; a product of complex numbers."""
    x = parameter([1, 16, 2])
    real, imaginary = (ops.gather(x, scalar(part), scalar(2)) for part in range(2))
    a, b = linear(real, 16, 16), linear(imaginary, 16, 16, seed=3)
    c, d = linear(imaginary, 16, 16), linear(real, 16, 16, seed=3)
    magnitude = ops.sqrt(
        ops.add(
            ops.power(ops.subtract(a, b), ops.constant(np.float32(2))),
            ops.power(ops.add(c, d), ops.constant(np.float32(2))),
        )
    )
    return model(linear(magnitude, 16, 6), x)


def outputs_of_several_ranks() -> ov.Model:
    """Scores, a number of rank 0, rows without a batch, and an index."""
    x = parameter([1, 3, 12, 12])
    h = conv(conv(x, 3, 8), 8, 8, seed=3)
    scores = linear(mean(h, 2, 3), 8, 6)
    total = ops.reduce_sum(scores, integers(0, 1))
    rows = ops.reshape(ops.transpose(h, integers(0, 2, 3, 1)), integers(144, 8), False)
    best = ops.topk(scores, scalar(1), 1, "max", "value").output(1)
    return model([scores, total, linear(rows, 8, 4, seed=5), best], x)


def boolean_mask() -> ov.Model:
    x, mask = parameter([1, 8, 16]), parameter([1, 8], np.bool_, "mask")
    h = ops.relu(linear(x, 16, 16))
    kept = ops.select(ops.unsqueeze(mask, integers(-1)), h, ops.constant(np.float32(0)))
    return model(linear(mean(kept, 1), 16, 4), x, mask)


def tied_embedding() -> ov.Model:
    """One table for what goes in and what comes out."""
    ids = parameter([1, 8], np.int64, "ids")
    table = ops.constant(weights(100, 16, scale=0.5))
    h = ops.gather(table, ids, scalar(0))
    h = ops.add(h, linear(ops.relu(linear(h, 16, 32)), 32, 16, seed=3))
    return model(ops.matmul(h, table, False, True), ids)


def sound() -> ov.Model:
    """One channel of sound through strided convolutions, a filter bank and a logarithm."""
    x = parameter([1, 1, 400])
    kernel = ops.constant(weights(32, 1, 40))
    frames = ops.convolution(x, kernel, [20], [0], [0], [1])
    power = ops.power(frames, ops.constant(np.float32(2)))
    bank = ops.matmul(ops.constant(np.abs(weights(12, 32, seed=3))), power, False, False)
    spectrum = ops.log(ops.add(bank, ops.constant(np.float32(1e-4))))
    return model(linear(mean(conv(spectrum, 12, 16, (3,), seed=5), 2), 16, 5), x)


def siamese() -> ov.Model:
    """Two images through the same weights; how alike they are."""
    first, second = parameter([1, 3, 12, 12], name="a"), parameter([1, 3, 12, 12], name="b")
    kernel, head = ops.constant(weights(8, 3, 3, 3)), ops.constant(weights(16, 8, seed=3))

    def embed(x: ov.Node) -> ov.Node:
        h = ops.relu(ops.convolution(x, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
        return ops.normalize_l2(
            ops.matmul(mean(h, 2, 3), head, False, True), integers(1), 1e-6, "add"
        )

    return model(
        ops.reduce_sum(ops.multiply(embed(first), embed(second)), integers(1)), first, second
    )


def selected_rows() -> ov.Model:
    """As many rows as there are positive values."""
    x = parameter([1, 16])
    h = linear(ops.relu(linear(x, 16, 16)), 16, 16, seed=3)
    places = ops.transpose(
        ops.non_zero(ops.greater(h, ops.constant(np.float32(0)))), integers(1, 0)
    )
    return model(ops.gather_nd(h, places), x)


def unused_input() -> ov.Model:
    x, unused = parameter([1, 16]), parameter([1, 4], name="unused")
    return model(linear(ops.relu(linear(x, 16, 16)), 16, 6), x, unused)


def constant_output() -> ov.Model:
    """An output that no input enters, and one that is an input."""
    x = parameter([1, 16])
    anchors = ops.constant(weights(1, 12))
    return model([linear(ops.relu(linear(x, 16, 16)), 16, 6), anchors, x], x)


def random_numbers() -> ov.Model:
    """Noise inside, which no two runs share."""
    x = parameter([1, 16])
    noise = ops.random_uniform(
        integers(1, 16), ops.constant(np.float32(-1)), ops.constant(np.float32(1)), "f32", 0, 0
    )
    return model(linear(ops.relu(linear(ops.add(x, noise), 16, 16)), 16, 6), x)


def regression() -> ov.Model:
    x = parameter([1, 3])
    return model(linear(x, 3, 1), x)


def embedding_bag() -> ov.Model:
    ids = parameter([1, 6], np.int64, "ids")
    table = ops.constant(weights(50, 16, scale=1))
    summed = ops.reduce_sum(ops.gather(table, ids, scalar(0)), integers(1))
    return model(linear(ops.relu(linear(summed, 16, 16)), 16, 4), ids)


def strings() -> ov.Model:
    """Text as a string tensor, which no layer here reads."""
    x, text = parameter([1, 16]), parameter([1], ov.Type.string, "text")
    ends = [ops.result(linear(x, 16, 4)), ops.result(text)]
    return ov.Model(ends, [x, text], "strings")


def video() -> ov.Model:
    """Frames through convolutions of space and time, then a recurrent layer over time."""
    x = parameter([1, 3, 4, 8, 8])
    h = mean(conv(conv(x, 3, 8, (3, 3, 3)), 8, 16, (1, 3, 3), seed=3), 3, 4)
    steps = ops.transpose(h, integers(0, 2, 1))
    zero = ops.constant(np.zeros((1, 1, 16), np.float32))
    states = ops.lstm_sequence(
        steps,
        zero,
        zero,
        integers(4),
        ops.constant(weights(1, 64, 16)),
        ops.constant(weights(1, 64, 16, seed=1)),
        ops.constant(np.zeros((1, 64), np.float32)),
        16,
        "forward",
    )
    return model(linear(ops.squeeze(states.output(1), integers(1)), 16, 5), x)


def roi_align() -> ov.Model:
    x, boxes = parameter([1, 3, 16, 16]), parameter([4, 4], name="boxes")
    h = conv(x, 3, 8)
    pooled = ops.roi_align(h, boxes, ops.constant(np.zeros(4, np.int64)), 3, 3, 2, 1.0, "avg")
    flat = ops.reshape(pooled, integers(4, 72), False)
    return model(linear(ops.relu(linear(flat, 72, 16)), 16, 5), x, boxes)


def integer_image() -> ov.Model:
    x = parameter([1, 12, 12, 3], np.int32)
    scaled = ops.divide(ops.convert(x, "f32"), ops.constant(np.float32(255)))
    h = conv(ops.transpose(scaled, integers(0, 3, 1, 2)), 3, 8)
    return model(linear(mean(h, 2, 3), 8, 6), x)


RANDOM = np.random.default_rng(0)
IMAGES = normal(COUNT, 3, 12, 12)
WHERE = np.stack([RANDOM.permutation(32)[:4] for _ in range(COUNT)])
BOXES = (
    np.sort(RANDOM.uniform(0, 16, (COUNT, 4, 2, 2)), axis=2).reshape(COUNT, 4, 4).astype(np.float32)
)
NUMBERS = {
    "decoder": {"type": "regression"},
    "metrics": [{"type": "relative_error"}],
}
MINIATURES = (
    Miniature("Fourier transform", fourier, {"x": normal(COUNT, 8, 16)}),
    Miniature("deformable convolution", deformable, {"x": IMAGES}),
    Miniature("grid sample", grid_sample, {"x": IMAGES}),
    Miniature("scatter", scatter, {"x": normal(COUNT, 4, 16), "where": WHERE}),
    Miniature("complex input", complex_input, {"x": normal(COUNT, 16, 2)}),
    Miniature("outputs of several ranks", outputs_of_several_ranks, {"x": IMAGES}),
    Miniature(
        "boolean mask", boolean_mask, {"x": normal(COUNT, 8, 16), "mask": normal(COUNT, 8) > 0}
    ),
    Miniature("tied embedding", tied_embedding, {"ids": tokens(COUNT, 8, 100)}),
    Miniature("sound", sound, {"x": normal(COUNT, 1, 400)}),
    Miniature("two images", siamese, {"a": IMAGES, "b": IMAGES[::-1]}, NUMBERS),
    Miniature("rows that are found", selected_rows, {"x": normal(COUNT, 16)}),
    Miniature("unused input", unused_input, {"x": normal(COUNT, 16), "unused": normal(COUNT, 4)}),
    Miniature("constant output", constant_output, {"x": normal(COUNT, 16)}),
    Miniature(
        "random numbers inside",
        random_numbers,
        {"x": normal(COUNT, 16)},
        refused="draws random numbers",
    ),
    Miniature("one number out of three", regression, {"x": normal(COUNT, 3)}, NUMBERS),
    Miniature("embedding bag", embedding_bag, {"ids": tokens(COUNT, 6, 50)}),
    Miniature(
        "string input",
        strings,
        {"x": normal(COUNT, 16), "text": np.array(["a"] * COUNT)},
        refused="takes strings",
    ),
    Miniature("video", video, {"x": normal(COUNT, 3, 4, 8, 8)}),
    Miniature("regions", roi_align, {"x": normal(COUNT, 3, 16, 16), "boxes": BOXES}),
    Miniature(
        "whole numbers as image", integer_image, {"x": RANDOM.integers(0, 256, (COUNT, 12, 12, 3))}
    ),
)
