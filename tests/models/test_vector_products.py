import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.models.vector_products import widen_vector_products
from tests.fixtures.layers import linear, model, parameter, weights

F32 = {"INFERENCE_PRECISION_HINT": "f32"}


def outputs(given: ov.Model) -> np.ndarray:
    vector = np.linspace(-1, 1, 8, dtype=np.float32)
    return np.array(ov.Core().compile_model(given, "CPU", F32)([vector])[0])


@pytest.mark.parametrize("bias", [True, False])
def test_a_vector_becomes_a_matrix_of_one_row(bias):
    x = parameter([8])
    product = ops.matmul(x, ops.constant(weights(3, 8)), False, True)
    source = model(ops.relu(linear(x, 8, 3) if bias else product), x)
    wanted = outputs(source)
    widen_vector_products(source)
    source.validate_nodes_and_infer_types()
    (product,) = (op for op in source.get_ops() if op.get_type_name() == "MatMul")
    assert list(product.output(0).get_shape()) == [1, 3]
    (reader,) = (
        target.get_node().get_type_name() for target in product.output(0).get_target_inputs()
    )
    assert reader == ("Add" if bias else "Squeeze")
    assert outputs(source).shape == (3,)
    np.testing.assert_allclose(outputs(source), wanted, rtol=1e-6)


def test_matrices_and_dot_products_stay():
    x, y = parameter([8]), parameter([8], name="y")
    source = model(ops.matmul(x, y, False, False), x, y)
    before = len(source.get_ops())
    widen_vector_products(source)
    assert len(source.get_ops()) == before
