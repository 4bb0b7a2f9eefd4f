"""Layers with drawn weights, and a count of their parameters.

A network is built twice with the same draws. The first one normalizes what each convolution gives,
channel by channel over a batch of images, and returns the means and deviations; in the second one
these are folded into weights and biases, as converters fold batch norms. So activations have the
size and the spread between images that they have in a trained network.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from openvino import Node, opset1
from openvino import opset13 as ops

Pair = int | tuple[int, int]


class Layers:
    """Draws weights, adds layers, and counts parameters.

    Args:
        seed: of the weights.
        norm: parameters of a channel behind each convolution: 2 of a batch norm, 1 of a bias.
        statistics: mean and deviation of each normalized tensor, [1, C, 1, 1], as a network built
            without them returns them in `measured`.
    """

    def __init__(
        self, seed: int, norm: int = 2, statistics: Sequence[NDArray[np.float32]] | None = None
    ) -> None:
        self._random = np.random.default_rng(seed)
        self._norm = norm
        self._statistics = None if statistics is None else iter(statistics)
        self.parameters = 0
        self.measured: list[Node] = []

    def conv(  # noqa: PLR0913  # as a convolution has
        self,
        source: Node,
        outputs: int,
        kernel: Pair,
        stride: int = 1,
        *,
        pad: Pair | None = None,
        scale: float = 1.0,
        dilation: int = 1,
        norm: int | None = None,
    ) -> Node:
        """A convolution with its folded batch norm or bias; `pad` keeps the size by default."""
        high, wide = _pair(kernel)
        vertical, horizontal = _pair(pad) if pad is not None else (high // 2, wide // 2)
        inputs = source.get_output_shape(0)[1]
        weights = self._drawn((outputs, inputs, high, wide), inputs * high * wide)
        space = _space(stride, (vertical, horizontal), dilation)

        def made(values: NDArray[np.float32]) -> Node:
            return ops.convolution(source, values, *space)

        return self._normalized(made, weights, self._norm if norm is None else norm, scale)

    def depthwise(self, source: Node, stride: int = 1) -> Node:
        """A depthwise convolution of 3 x 3."""
        weights = self._drawn((source.get_output_shape(0)[1], 1, 1, 3, 3), 9)

        def made(values: NDArray[np.float32]) -> Node:
            return ops.group_convolution(source, values, *_space(stride, (1, 1), 1))

        return self._normalized(made, weights, self._norm, 1.0)

    def dense(self, source: Node, outputs: int) -> Node:
        """Global average pooling and a fully connected layer, named `head`."""
        channels = source.get_output_shape(0)[1]
        pooled = ops.reduce_mean(source, np.array([2, 3]), keep_dims=False, name="features")
        weights = self._drawn((channels, outputs), channels)
        bias = np.zeros((1, outputs), np.float32)
        self.parameters += outputs
        return ops.add(
            ops.matmul(pooled, weights, transpose_a=False, transpose_b=False, name="head"), bias
        )

    def norm_relu(self, source: Node) -> Node:
        """A batch norm by itself, and ReLU."""
        channels = source.get_output_shape(0)[1]
        self.parameters += 2 * channels
        size, shift = self._drawn_norm(channels, 1.0)
        mean, deviation = self._moments(source)
        factor = size / deviation if self._statistics else ops.divide(size, deviation)
        if self._statistics:
            return ops.relu(ops.add(ops.multiply(source, factor), shift - mean * factor))
        return ops.relu(ops.add(ops.multiply(ops.subtract(source, mean), factor), shift))

    def l2_norm(self, source: Node) -> Node:
        """The scaled normalization over channels of SSD's first feature map."""
        channels = source.get_output_shape(0)[1]
        self.parameters += channels
        unit = ops.normalize_l2(source, np.array([1]), 1e-10, "add")
        return ops.multiply(unit, np.full((1, channels, 1, 1), 20, np.float32))

    def _drawn(self, shape: tuple[int, ...], fan_in: int) -> NDArray[np.float32]:
        self.parameters += prod(shape)
        deviation = np.float32((2 / fan_in) ** 0.5)
        weights: NDArray[np.float32] = self._random.standard_normal(shape, np.float32) * deviation
        return weights

    def _drawn_norm(self, channels: int, scale: float) -> tuple[NDArray[np.float32], ...]:
        """Return size and shift of a batch norm, [1, C, 1, 1]."""
        shape = (1, channels, 1, 1)
        size = scale * self._random.uniform(0.5, 1.5, shape)
        return size.astype(np.float32), self._random.normal(0, 0.3, shape).astype(np.float32)

    def _moments(self, source: Node) -> tuple[Any, Any]:
        """Return mean and deviation by channel: known ones, or nodes that measure them."""
        if self._statistics:
            return next(self._statistics), next(self._statistics)
        axes = np.array([0, 2, 3])
        mean = ops.reduce_mean(source, axes, keep_dims=True)
        squares = ops.reduce_mean(
            ops.power(ops.subtract(source, mean), np.float32(2)), axes, keep_dims=True
        )
        deviation = ops.sqrt(ops.add(squares, np.float32(1e-5)))
        self.measured += [mean, deviation]
        return mean, deviation

    def _normalized(
        self,
        made: Callable[[NDArray[np.float32]], Node],
        weights: NDArray[np.float32],
        norm: int,
        scale: float,
    ) -> Node:
        """Return a convolution with its norm or bias folded in; as it is for `norm` 0."""
        layer = made(weights)
        if not norm:
            return layer
        channels = layer.get_output_shape(0)[1]
        self.parameters += norm * channels
        size, shift = self._drawn_norm(channels, scale)
        mean, deviation = self._moments(layer)
        if not self._statistics:
            unit = ops.divide(ops.subtract(layer, mean), deviation)
            return ops.add(ops.multiply(unit, size), shift)
        factor = size / deviation
        by_output = factor.reshape(channels, *[1] * (weights.ndim - 1))
        return ops.add(made(weights * by_output), shift - mean * factor)


def _pair(value: Pair) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def _space(stride: int, pad: tuple[int, int], dilation: int) -> tuple[list[int], ...]:
    return [stride] * 2, list(pad), list(pad), [dilation] * 2


def max_pool(source: Node, kernel: int, stride: int, pad: int = 0, *, ceil: bool = False) -> Node:
    """Max pooling; `ceil` rounds the output size up, as Caffe does."""
    rounding = "ceil" if ceil else "floor"
    pads = [pad, pad]
    # The first version of the operation, which has no second output for the places of the maxima.
    return opset1.max_pool(source, [stride] * 2, pads, pads, [kernel] * 2, rounding)


def average_pool(source: Node, kernel: int, stride: int, pad: int = 0) -> Node:
    """Average pooling; padding does not count."""
    return ops.avg_pool(source, [stride] * 2, [pad] * 2, [pad] * 2, [kernel] * 2, exclude_pad=True)


def concat(parts: Sequence[Node]) -> Node:
    """The channels of several feature maps behind each other."""
    return ops.concat(list(parts), 1)
