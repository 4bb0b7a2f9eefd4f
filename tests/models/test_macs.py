"""Multiply-accumulates by hand."""

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.models.macs import multiply_accumulates


def test_each_kind_of_layer():
    image = ops.parameter([1, 4, 6, 6], np.float32)

    def weights(*shape: int) -> np.ndarray:
        return np.ones(shape, np.float32)

    space = ([1, 1], [0, 0], [0, 0], [1, 1])
    plain = ops.convolution(image, weights(8, 4, 3, 3), *space, name="plain")
    depthwise = ops.group_convolution(plain, weights(8, 1, 1, 3, 3), *space, name="depthwise")
    wider = ops.convolution_backprop_data(
        depthwise, weights(8, 2, 2, 2), strides=[2, 2], name="transposed"
    )
    flat = ops.reshape(wider, np.array([1, -1]), special_zero=False)
    product = ops.matmul(flat, weights(32, 10), False, False, name="product")
    assert multiply_accumulates(ov.Model([product], [image], "m")) == {
        "plain": 8 * 4 * 4 * 4 * 9,  # outputs x height x width x inputs x kernel
        "depthwise": 8 * 2 * 2 * 9,
        "transposed": 8 * 2 * 2 * 2 * 4,
        "product": 32 * 10,
    }
