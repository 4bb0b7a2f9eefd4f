import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.evaluation.weight_ranges import quantized_weights


def test_weights_and_the_ranges_of_their_channels():
    given = ops.parameter([1, 2], np.float32, name="given")
    values = np.array([[0.5, -1.0], [3.0, 1.5]], np.float32)
    low, high = (np.array([[sign * 1.0], [sign * 6.0]], np.float32) for sign in (-1, 1))
    rounded = ops.fake_quantize(ops.constant(values), low, high, low, high, 255)
    rounded.set_friendly_name("weights")
    activation = ops.fake_quantize(given, low[:1], high[:1], low[:1], high[:1], 256)
    activation.set_friendly_name("activation")
    layer = ops.matmul(activation, rounded, False, True)
    layer.set_friendly_name("layer")
    model = ov.Model([ops.result(layer)], [given], "model")
    (result,) = quantized_weights(model, ["activation", "weights"])
    assert result.layer == "layer"
    np.testing.assert_array_equal(result.limits, [[1.0], [6.0]])
    np.testing.assert_array_equal(result.relative, [0.5, -1.0, 0.5, 0.25])
