import numpy as np
import onnx
import openvino as ov

from calibrate.models.integer_products import integer_layers, multiply_floats
from calibrate.models.quantized import quantized_layers, without_quantizers
from tests.fixtures.layers import normal
from tests.miniatures.files import dynamically_quantized


def outputs(model, image):
    return np.array(
        ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(image)[0]
    )


def test_a_product_that_is_quantized_at_run_time_is_quantized(tmp_path):
    model = ov.Core().read_model(dynamically_quantized(tmp_path))
    assert [op.get_friendly_name() for op in integer_layers(model)] == ["i"]
    assert [op.get_friendly_name() for op in quantized_layers(model)] == ["i"]


def test_taken_back_it_multiplies_floats(tmp_path):
    path = dynamically_quantized(tmp_path)
    model = ov.Core().read_model(path)
    floats = without_quantizers(model)
    assert quantized_layers(floats) == ()
    image = normal(1, 3, 12, 12)
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    head = stored["v_q"].astype(np.float32) * stored["v_s"]
    pooled = outputs(pooled_part(model), image).reshape(1, -1)
    np.testing.assert_allclose(outputs(floats, image), pooled @ head, atol=1e-5)
    assert 0 < np.abs(outputs(model, image) - pooled @ head).max() < 0.05


def pooled_part(model):
    copy = model.clone()
    flat = next(op for op in copy.get_ops() if op.get_friendly_name() == "flat")
    return ov.Model([flat.output(0)], copy.get_parameters(), "pooled")


def test_another_form_stays_as_it_is(tmp_path):
    model = ov.Core().read_model(dynamically_quantized(tmp_path))
    rounding = next(op for op in model.get_ordered_ops() if op.get_type_name() == "Clamp")
    (last,) = [op for op in model.get_ops() if op.get_friendly_name() == "y"]
    last.input(1).replace_source_output(rounding.output(0))
    model.validate_nodes_and_infer_types()
    multiply_floats(model)
    assert len(integer_layers(model)) == 1
