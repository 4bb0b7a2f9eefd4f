"""Inception v1, v3 and v4 in their published form."""

import numpy as np
from layers import Layers, Pair, average_pool, concat, max_pool
from openvino import Node
from openvino import opset13 as ops


def inception_v1(layers: Layers, image: Node) -> dict[str, Node]:
    """GoogLeNet without auxiliary heads. Source: Szegedy et al., 2014; biases as in Caffe's."""

    def block(
        source: Node, one: int, three: tuple[int, int], five: tuple[int, int], pool: int
    ) -> Node:
        def relu(node: Node, outputs: int, kernel: int) -> Node:
            return ops.relu(layers.conv(node, outputs, kernel))

        return concat(
            [
                relu(source, one, 1),
                relu(relu(source, three[0], 1), three[1], 3),
                relu(relu(source, five[0], 1), five[1], 5),
                relu(max_pool(source, 3, 1, 1), pool, 1),
            ]
        )

    def normalized(node: Node) -> Node:
        return ops.lrn(node, np.array([1]), 1e-4, 0.75, 1.0, 5)

    stream = normalized(max_pool(ops.relu(layers.conv(image, 64, 7, 2)), 3, 2, ceil=True))
    stream = ops.relu(layers.conv(ops.relu(layers.conv(stream, 64, 1)), 192, 3))
    stream = max_pool(normalized(stream), 3, 2, ceil=True)
    stream = block(stream, 64, (96, 128), (16, 32), 32)
    stream = max_pool(block(stream, 128, (128, 192), (32, 96), 64), 3, 2, ceil=True)
    stream = block(stream, 192, (96, 208), (16, 48), 64)
    stream = block(stream, 160, (112, 224), (24, 64), 64)
    stream = block(stream, 128, (128, 256), (24, 64), 64)
    stream = block(stream, 112, (144, 288), (32, 64), 64)
    stream = max_pool(block(stream, 256, (160, 320), (32, 128), 128), 3, 2, ceil=True)
    stream = block(stream, 256, (160, 320), (32, 128), 128)
    stream = block(stream, 384, (192, 384), (48, 128), 128)
    return {"logits": layers.dense(stream, 1000)}


def inception_v3(layers: Layers, image: Node) -> dict[str, Node]:
    """Inception v3 without its auxiliary head. Source: Szegedy et al., 2015; as torchvision's."""

    def relu(
        node: Node, outputs: int, kernel: Pair, stride: int = 1, pad: Pair | None = None
    ) -> Node:
        return ops.relu(layers.conv(node, outputs, kernel, stride, pad=pad))

    def chain(node: Node, *steps: tuple[int, Pair]) -> Node:
        for outputs, kernel in steps:
            node = relu(node, outputs, kernel)
        return node

    def a(node: Node, pool: int) -> Node:
        return concat(
            [
                relu(node, 64, 1),
                chain(node, (48, 1), (64, 5)),
                chain(node, (64, 1), (96, 3), (96, 3)),
                relu(average_pool(node, 3, 1, 1), pool, 1),
            ]
        )

    def b(node: Node) -> Node:
        tower = relu(chain(node, (64, 1), (96, 3)), 96, 3, 2, 0)
        return concat([relu(node, 384, 3, 2, 0), tower, max_pool(node, 3, 2)])

    def c(node: Node, width: int) -> Node:
        low, tall = (1, 7), (7, 1)
        return concat(
            [
                relu(node, 192, 1),
                chain(node, (width, 1), (width, low), (192, tall)),
                chain(node, (width, 1), (width, tall), (width, low), (width, tall), (192, low)),
                relu(average_pool(node, 3, 1, 1), 192, 1),
            ]
        )

    def d(node: Node) -> Node:
        tower = relu(chain(node, (192, 1), (192, (1, 7)), (192, (7, 1))), 192, 3, 2, 0)
        return concat([relu(relu(node, 192, 1), 320, 3, 2, 0), tower, max_pool(node, 3, 2)])

    def e(node: Node) -> Node:
        middle, tower = relu(node, 384, 1), chain(node, (448, 1), (384, 3))
        return concat(
            [
                relu(node, 320, 1),
                relu(middle, 384, (1, 3)),
                relu(middle, 384, (3, 1)),
                relu(tower, 384, (1, 3)),
                relu(tower, 384, (3, 1)),
                relu(average_pool(node, 3, 1, 1), 192, 1),
            ]
        )

    stream = relu(relu(image, 32, 3, 2, 0), 32, 3, 1, 0)
    stream = max_pool(relu(stream, 64, 3), 3, 2)
    stream = max_pool(relu(relu(stream, 80, 1), 192, 3, 1, 0), 3, 2)
    stream = b(a(a(a(stream, 32), 64), 64))
    stream = d(c(c(c(c(stream, 128), 160), 160), 192))
    return {"logits": layers.dense(e(e(stream)), 1000)}


def inception_v4(layers: Layers, image: Node) -> dict[str, Node]:
    """Inception v4. Source: Szegedy et al., 2016; as timm's."""

    def relu(
        node: Node, outputs: int, kernel: Pair, stride: int = 1, pad: Pair | None = None
    ) -> Node:
        return ops.relu(layers.conv(node, outputs, kernel, stride, pad=pad))

    def chain(node: Node, *steps: tuple[int, Pair]) -> Node:
        for outputs, kernel in steps:
            node = relu(node, outputs, kernel)
        return node

    def a(node: Node) -> Node:
        return concat(
            [
                relu(node, 96, 1),
                chain(node, (64, 1), (96, 3)),
                chain(node, (64, 1), (96, 3), (96, 3)),
                relu(average_pool(node, 3, 1, 1), 96, 1),
            ]
        )

    def b(node: Node) -> Node:
        low, tall = (1, 7), (7, 1)
        return concat(
            [
                relu(node, 384, 1),
                chain(node, (192, 1), (224, low), (256, tall)),
                chain(node, (192, 1), (192, tall), (224, low), (224, tall), (256, low)),
                relu(average_pool(node, 3, 1, 1), 128, 1),
            ]
        )

    def c(node: Node) -> Node:
        middle = relu(node, 384, 1)
        tower = chain(node, (384, 1), (448, (3, 1)), (512, (1, 3)))
        return concat(
            [
                relu(node, 256, 1),
                relu(middle, 256, (1, 3)),
                relu(middle, 256, (3, 1)),
                relu(tower, 256, (1, 3)),
                relu(tower, 256, (3, 1)),
                relu(average_pool(node, 3, 1, 1), 256, 1),
            ]
        )

    stream = chain(relu(relu(image, 32, 3, 2, 0), 32, 3, 1, 0), (64, 3))
    stream = concat([max_pool(stream, 3, 2), relu(stream, 96, 3, 2, 0)])
    short = relu(relu(stream, 64, 1), 96, 3, 1, 0)
    long = relu(chain(stream, (64, 1), (64, (1, 7)), (64, (7, 1))), 96, 3, 1, 0)
    stream = concat([short, long])
    stream = concat([relu(stream, 192, 3, 2, 0), max_pool(stream, 3, 2)])
    for _ in range(4):
        stream = a(stream)
    tower = relu(chain(stream, (192, 1), (224, 3)), 256, 3, 2, 0)
    stream = concat([relu(stream, 384, 3, 2, 0), tower, max_pool(stream, 3, 2)])
    for _ in range(7):
        stream = b(stream)
    first = relu(relu(stream, 192, 1), 192, 3, 2, 0)
    second = relu(chain(stream, (256, 1), (256, (1, 7)), (320, (7, 1))), 320, 3, 2, 0)
    stream = concat([first, second, max_pool(stream, 3, 2)])
    for _ in range(3):
        stream = c(stream)
    return {"logits": layers.dense(stream, 1000)}
