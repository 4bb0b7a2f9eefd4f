"""Layers with drawn weights, and a count of their parameters.

Weights are drawn such that activations keep their size. Source: He et al., Delving Deep into
Rectifiers, 2015. A batch norm behind a convolution is folded into it, as converters do, and its
two parameters a channel are counted.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset1
from openvino import opset13 as ops

Node = ov.Node
Pair = int | tuple[int, int]


class Layers:
    """Draws weights, adds layers, and counts parameters.

    Args:
        seed: of the weights.
        norm: parameters of a channel behind each convolution: 2 of a batch norm, 1 of a bias.
    """

    def __init__(self, seed: int, norm: int = 2) -> None:
        self._random = np.random.default_rng(seed)
        self._norm = norm
        self.parameters = 0

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
        weights = self._drawn((outputs, inputs, high, wide), inputs * high * wide, scale)
        made = ops.convolution(source, weights, *_space(stride, (vertical, horizontal), dilation))
        return self._shifted(made, self._norm if norm is None else norm)

    def depthwise(self, source: Node, stride: int = 1) -> Node:
        """A depthwise convolution of 3 x 3."""
        channels = source.get_output_shape(0)[1]
        weights = self._drawn((channels, 1, 1, 3, 3), 9, 1.0)
        made = ops.group_convolution(source, weights, *_space(stride, (1, 1), 1))
        return self._shifted(made, self._norm)

    def dense(self, source: Node, outputs: int) -> Node:
        """Global average pooling and a fully connected layer, named `head`."""
        channels = source.get_output_shape(0)[1]
        pooled = ops.reduce_mean(source, np.array([2, 3]), keep_dims=False, name="features")
        weights = self._drawn((channels, outputs), channels, 1.0)
        bias = np.zeros((1, outputs), np.float32)
        self.parameters += outputs
        return ops.add(
            ops.matmul(pooled, weights, transpose_a=False, transpose_b=False, name="head"), bias
        )

    def norm_relu(self, source: Node) -> Node:
        """A batch norm by itself, and ReLU."""
        channels = source.get_output_shape(0)[1]
        sizes = self._random.uniform(0.5, 1.0, (1, channels, 1, 1)).astype(np.float32)
        shifts = self._random.normal(0, 0.1, sizes.shape).astype(np.float32)
        self.parameters += 2 * channels
        return ops.relu(ops.add(ops.multiply(source, sizes), shifts))

    def l2_norm(self, source: Node) -> Node:
        """The scaled normalization over channels of SSD's first feature map."""
        channels = source.get_output_shape(0)[1]
        self.parameters += channels
        unit = ops.normalize_l2(source, np.array([1]), 1e-10, "add")
        return ops.multiply(unit, np.full((1, channels, 1, 1), 20, np.float32))

    def _drawn(self, shape: tuple[int, ...], fan_in: int, scale: float) -> NDArray[np.float32]:
        self.parameters += prod(shape)
        deviation = scale * (2 / fan_in) ** 0.5
        return (self._random.standard_normal(shape, np.float32) * np.float32(deviation)).astype(
            np.float32
        )

    def _shifted(self, layer: Node, norm: int) -> Node:
        channels = layer.get_output_shape(0)[1]
        self.parameters += norm * channels
        if not norm:
            return layer
        shifts = self._random.normal(0, 0.05, (1, channels, 1, 1)).astype(np.float32)
        return ops.add(layer, shifts)


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
