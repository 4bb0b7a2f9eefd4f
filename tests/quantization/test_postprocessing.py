import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.quantization.postprocessing import find_postprocessing


def test_arithmetic_behind_the_last_weights_is_the_tail():
    image = ops.parameter([1, 3, 4, 4], np.float32, name="image")
    scaled = ops.multiply(image, np.float32(2), name="scale")
    weights = np.ones((4, 3, 1, 1), np.float32)
    conv = ops.convolution(scaled, weights, [1, 1], [0, 0], [0, 0], [1, 1], name="conv")
    biased = ops.add(conv, np.ones((1, 4, 1, 1), np.float32), name="bias")
    pooled = ops.max_pool(biased, [1, 1], [1, 1], [0, 0], [0, 0], [2, 2], name="pool")
    gate = ops.sigmoid(pooled.output(0), name="gate")
    decoded = ops.multiply(gate, pooled.output(0), name="decode")
    # What comes before weights is none, nor are biases and pooling of the last layer.
    assert find_postprocessing(ov.Model([decoded], [image], "m")) == ("gate", "decode")


def test_a_branch_that_meets_weights_is_no_tail():
    given = ops.parameter([1, 4], np.float32, name="x")
    gate = ops.sigmoid(given, name="gate")
    product = ops.matmul(gate, np.ones((4, 4), np.float32), False, False, name="fc")
    ended = ops.softmax(product, 1)
    ended.set_friendly_name("end")
    assert find_postprocessing(ov.Model([ended], [given], "m")) == ("end",)
