import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.core.costs import Costs
from calibrate.errors import CalibrateError
from calibrate.runtime.native_errors import native_errors
from calibrate.runtime.profiling import executed_nodes


def test_what_openvino_raises():
    text = "Exception from src/plugin.cpp:54:\nCheck 'x' failed\noverflow of a stride\n"
    message = "cannot compile or run the model: overflow of a stride; does"
    with pytest.raises(CalibrateError, match=message), native_errors():
        raise RuntimeError(text)


@pytest.mark.parametrize("error", [RecursionError(), NotImplementedError(), ValueError("x")])
def test_what_python_raises_stays(error):
    with pytest.raises(type(error)), native_errors():
        raise error


def test_a_model_that_the_plugin_refuses():
    image = ops.parameter([1, 3, 8, 8], np.float32, name="image")
    weights = np.ones((3, 3, 1, 1), np.float32)
    far = [2_000_000_000, 2_000_000_000]
    padded = ops.convolution(image, weights, [1, 1], far, [0, 0], [1, 1])
    model = ov.Model([ops.result(padded)], [image], "far")
    with pytest.raises(CalibrateError, match="cannot compile or run the model"):
        executed_nodes(model, Costs(lambda: 0.0), "f32")
