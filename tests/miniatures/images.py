"""Miniatures that take images, volumes or sound."""

import numpy as np
import openvino as ov
from openvino import opset13 as ops
from openvino.preprocess import PrePostProcessor

from tests.fixtures.layers import (
    conv,
    integers,
    layer_norm,
    linear,
    mean,
    model,
    normal,
    parameter,
    scalar,
    transformer_block,
    weights,
)
from tests.miniatures.record import Miniature

COUNT = 24


def squeeze_excitation() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    h = conv(x, 3, 16)
    gate = ops.sigmoid(linear(ops.relu(linear(mean(h, 2, 3), 16, 8)), 8, 16))
    h = ops.multiply(h, ops.reshape(gate, integers(1, 16, 1, 1), False))
    return model(linear(mean(conv(h, 16, 16), 2, 3), 16, 6), x)


def hard_swish() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    h = ops.hswish(
        ops.convolution(x, ops.constant(weights(16, 3, 3, 3)), [2, 2], [1, 1], [1, 1], [1, 1])
    )
    return model(linear(mean(conv(h, 16, 16), 2, 3), 16, 6), x)


def prelu() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    h = ops.convolution(x, ops.constant(weights(16, 3, 3, 3)), [1, 1], [1, 1], [1, 1], [1, 1])
    h = ops.prelu(h, ops.constant(np.full(16, 0.2, np.float32)))
    return model(linear(mean(conv(h, 16, 16), 2, 3), 16, 6), x)


def convnext() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    h = ops.convolution(x, ops.constant(weights(16, 3, 4, 4)), [4, 4], [0, 0], [0, 0], [1, 1])
    depthwise = ops.constant(weights(16, 1, 1, 7, 7))
    d = ops.group_convolution(h, depthwise, [1, 1], [3, 3], [3, 3], [1, 1])
    d = layer_norm(ops.transpose(d, integers(0, 2, 3, 1)), 16)
    d = linear(ops.gelu(linear(d, 16, 32), "erf"), 32, 16)
    d = ops.multiply(d, ops.constant(weights(16, scale=0.3)))
    h = ops.add(h, ops.transpose(d, integers(0, 3, 1, 2)))
    return model(linear(mean(h, 2, 3), 16, 6), x)


def vit() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    h = ops.convolution(x, ops.constant(weights(16, 3, 4, 4)), [4, 4], [0, 0], [0, 0], [1, 1])
    h = ops.transpose(ops.reshape(h, integers(1, 16, 16), False), integers(0, 2, 1))
    h = ops.concat([ops.constant(weights(1, 1, 16)), h], 1)
    h = ops.add(h, ops.constant(weights(1, 17, 16, scale=0.2)))
    h = layer_norm(transformer_block(h, 17, 16, before=True), 16)
    return model(linear(ops.gather(h, scalar(0), scalar(1)), 16, 6), x)


def swin() -> ov.Model:
    """Windows of 2 x 2, shifted by a roll."""
    x = parameter([1, 3, 16, 16])
    h = ops.convolution(x, ops.constant(weights(16, 3, 4, 4)), [4, 4], [0, 0], [0, 0], [1, 1])
    h = ops.transpose(h, integers(0, 2, 3, 1))
    h = ops.roll(h, integers(-1, -1), integers(1, 2))
    windows = ops.transpose(
        ops.reshape(h, integers(1, 2, 2, 2, 2, 16), False), integers(0, 1, 3, 2, 4, 5)
    )
    windows = ops.reshape(windows, integers(4, 4, 16), False)
    qkv = ops.reshape(linear(windows, 16, 48), integers(4, 4, 3, 2, 8), False)
    qkv = ops.transpose(qkv, integers(2, 0, 3, 1, 4))
    q, k, v = (ops.gather(qkv, scalar(part), scalar(0)) for part in range(3))
    scores = ops.add(ops.matmul(q, k, False, True), ops.constant(weights(1, 2, 4, 4, scale=0.3)))
    mixed = ops.transpose(
        ops.matmul(ops.softmax(scores, -1), v, False, False), integers(0, 2, 1, 3)
    )
    h = ops.add(windows, linear(ops.reshape(mixed, integers(4, 4, 16), False), 16, 16))
    return model(linear(mean(layer_norm(h, 16), 0, 1, keep_dims=False), 16, 6), x)


def transposed_convolution() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    h = ops.convolution_backprop_data(
        conv(x, 3, 8), ops.constant(weights(8, 8, 4, 4)), [2, 2], pads_begin=[1, 1], pads_end=[1, 1]
    )
    return model(conv(ops.relu(h), 8, 3), x)


def grouped_transposed_convolution() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    h = ops.group_convolution_backprop_data(
        conv(x, 3, 8),
        ops.constant(weights(8, 1, 1, 4, 4)),
        [2, 2],
        pads_begin=[1, 1],
        pads_end=[1, 1],
    )
    return model(conv(ops.relu(h), 8, 3), x)


def grouped_convolution() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    kernels = ops.constant(weights(4, 4, 4, 3, 3))
    h = ops.group_convolution(conv(x, 3, 16), kernels, [1, 1], [1, 1], [1, 1], [1, 1])
    h = ops.reshape(h, integers(1, 4, 4, 16, 16), False)
    h = ops.reshape(ops.transpose(h, integers(0, 2, 1, 3, 4)), integers(1, 16, 16, 16), False)
    return model(linear(mean(conv(h, 16, 8, (1, 1)), 2, 3), 8, 6), x)


def volume() -> ov.Model:
    x = parameter([1, 2, 6, 8, 8])
    h = conv(conv(x, 2, 8, (3, 3, 3)), 8, 8, (3, 3, 3))
    return model(linear(mean(h, 2, 3, 4), 8, 4), x)


def sound() -> ov.Model:
    x = parameter([1, 1, 256])
    h = conv(conv(x, 1, 8, (5,)), 8, 8, (5,))
    return model(linear(mean(h, 2), 8, 4), x)


def spectrum() -> ov.Model:
    """Magnitude of a spectrum in front of a convolution."""
    x = parameter([1, 1, 256])
    real, imaginary = (
        ops.convolution(x, ops.constant(weights(16, 1, 16, seed=seed)), [8], [0], [0], [1])
        for seed in (1, 2)
    )
    power = ops.add(ops.multiply(real, real), ops.multiply(imaginary, imaginary))
    return model(linear(mean(conv(ops.sqrt(power), 16, 16, (3,)), 2), 16, 4), x)


def pixels_inside() -> ov.Model:
    """u8 NHWC, normalized inside of the model."""
    x = parameter([1, 3, 16, 16])
    network = model(linear(mean(conv(conv(x, 3, 8), 8, 8), 2, 3), 8, 6), x)
    steps = PrePostProcessor(network)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).mean([120.0] * 3).scale([60.0] * 3)
    return steps.build()


def batch_of_eight() -> ov.Model:
    x = parameter([8, 3, 16, 16])
    return model(linear(mean(conv(conv(x, 3, 8), 8, 8), 2, 3), 8, 6), x)


def shared_weights() -> ov.Model:
    """One kernel on two branches."""
    x = parameter([1, 3, 16, 16])
    h = conv(x, 3, 8)
    kernel = ops.constant(weights(8, 8, 3, 3))
    entry, two = (
        ops.relu(ops.convolution(y, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
        for y in (h, ops.multiply(h, ops.constant(np.float32(0.5))))
    )
    return model(linear(mean(ops.concat([entry, two], 1), 2, 3), 16, 6), x)


def weights_behind_arithmetic() -> ov.Model:
    """Weights that are standardized inside of the graph, at run time."""
    x = parameter([1, 3, 16, 16])
    raw = ops.constant(weights(8, 3, 3, 3))
    centred = ops.subtract(raw, mean(raw, 1, 2, 3, keep_dims=True))
    spread = ops.sqrt(
        ops.add(
            mean(ops.multiply(centred, centred), 1, 2, 3, keep_dims=True),
            ops.constant(np.float32(1e-5)),
        )
    )
    h = ops.relu(ops.convolution(x, ops.divide(centred, spread), [1, 1], [1, 1], [1, 1], [1, 1]))
    return model(linear(mean(conv(h, 8, 8), 2, 3), 8, 6), x)


def weights_from_input() -> ov.Model:
    """A convolution whose kernel another layer computes."""
    x = parameter([1, 4, 12, 12])
    kernel = ops.reshape(
        linear(mean(conv(x, 4, 8), 2, 3), 8, 4 * 4 * 9), integers(4, 4, 3, 3), False
    )
    h = ops.convolution(x, kernel, [1, 1], [1, 1], [1, 1], [1, 1])
    return model(linear(mean(conv(h, 4, 8), 2, 3), 8, 6), x)


def one_number() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    h = linear(mean(conv(conv(x, 3, 8), 8, 8), 2, 3), 8, 1)
    return model(
        ops.add(
            ops.multiply(ops.sigmoid(h), ops.constant(np.float32(40))), ops.constant(np.float32(1))
        ),
        x,
    )


def arg_max() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    scores = linear(mean(conv(x, 3, 16), 2, 3), 16, 6)
    best = ops.topk(scores, scalar(1), 1, "max", "value", "i64")
    return model(ops.squeeze(best.output(1), integers(1)), x)


def top_five() -> ov.Model:
    x = parameter([1, 3, 16, 16])
    scores = linear(mean(conv(x, 3, 16), 2, 3), 16, 10)
    best = ops.topk(scores, scalar(5), 1, "max", "value", "i64")
    return model([best.output(0), best.output(1)], x)


def suppression() -> ov.Model:
    """Boxes and scores of each place, suppressed inside: the number of rows varies."""
    x = parameter([1, 3, 16, 16])
    h = conv(x, 3, 8)
    boxes = ops.reshape(conv(h, 8, 4, seed=5), integers(1, 4, 256), False)
    boxes = ops.transpose(boxes, integers(0, 2, 1))
    scores = ops.reshape(ops.sigmoid(conv(h, 8, 2, seed=6)), integers(1, 2, 256), False)
    kept = ops.non_max_suppression(
        boxes,
        scores,
        scalar(20),
        ops.constant(np.float32(0.5)),
        ops.constant(np.float32(0.6)),
        box_encoding="center",
    )
    places = ops.squeeze(
        ops.slice(kept.output(0), integers(2), integers(3), integers(1), integers(1)), integers(1)
    )
    return model([ops.gather(boxes, places, scalar(1)), kept.output(1)], x)


def narrow_image() -> ov.Model:
    """A first dimension of pixels, [1, 3, 3, 3]: NCHW or NHWC makes no difference."""
    x = parameter([1, 3, 4, 3])
    return model(linear(ops.reshape(conv(x, 3, 8), integers(1, 96), False), 96, 4), x)


def many_layers() -> ov.Model:
    x = parameter([1, 8, 4, 4])
    h: ov.Node = x
    for number in range(300):
        h = conv(h, 8, 8, (1, 1), seed=number)
        h = ops.add(ops.multiply(h, ops.constant(np.float32(0.2))), x) if number % 5 == 0 else h
    return model(linear(mean(h, 2, 3), 8, 6), x)


def nothing_quantizable() -> ov.Model:
    x = parameter([1, 3, 8, 8])
    return model(ops.softmax(mean(ops.tanh(x), 2, 3), 1), x)


IMAGES = normal(COUNT, 3, 16, 16)
MINIATURES = (
    Miniature("squeeze and excitation", squeeze_excitation, {"x": IMAGES}, int8=4),
    Miniature("hard swish", hard_swish, {"x": IMAGES}),
    Miniature("PReLU", prelu, {"x": IMAGES}, int8=2),
    Miniature("ConvNeXt", convnext, {"x": IMAGES}, int8=3),
    Miniature("ViT", vit, {"x": IMAGES}, int8=5),
    Miniature("Swin", swin, {"x": IMAGES}, int8=3),
    Miniature("transposed convolution", transposed_convolution, {"x": IMAGES}, int8=2),
    Miniature("grouped transposed convolution", grouped_transposed_convolution, {"x": IMAGES}),
    Miniature("grouped convolution", grouped_convolution, {"x": IMAGES}, int8=3),
    Miniature("3-D convolution", volume, {"x": normal(COUNT, 2, 6, 8, 8)}, int8=2),
    Miniature("1-D convolution", sound, {"x": normal(COUNT, 1, 256)}, int8=2),
    Miniature("magnitude of a spectrum", spectrum, {"x": normal(COUNT, 1, 256)}),
    Miniature(
        "pixels, normalized inside",
        pixels_inside,
        {"x": np.random.default_rng(0).integers(0, 256, (COUNT, 16, 16, 3), dtype=np.uint8)},
        int8=2,
    ),
    Miniature("batch of eight", batch_of_eight, {"x": IMAGES}, int8=2),
    Miniature("shared weights", shared_weights, {"x": IMAGES}, int8=3),
    Miniature("weights behind arithmetic", weights_behind_arithmetic, {"x": IMAGES}),
    Miniature("weights from an input", weights_from_input, {"x": normal(COUNT, 4, 12, 12)}),
    Miniature("one number", one_number, {"x": IMAGES}, refused="cosine_similarity: the"),
    Miniature("arg max inside", arg_max, {"x": IMAGES}, refused="cosine_similarity: the"),
    Miniature("top five", top_five, {"x": IMAGES}),
    Miniature("suppression inside", suppression, {"x": IMAGES}, int8=0),
    Miniature("neither NCHW nor NHWC", narrow_image, {"x": normal(COUNT, 3, 4, 3)}),
    Miniature("300 layers", many_layers, {"x": normal(COUNT, 8, 4, 4)}, int8=290, slow=True),
    Miniature("nothing quantizable", nothing_quantizable, {"x": normal(COUNT, 3, 8, 8)}, int8=0),
)
