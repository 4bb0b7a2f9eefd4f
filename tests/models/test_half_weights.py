import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.models.half_weights import with_half_weights
from calibrate.models.write import write_model
from calibrate.runtime.memory_footprint import file_bytes


@pytest.fixture
def model() -> ov.Model:
    weights = np.random.default_rng(0).normal(0, 1, (256, 256)).astype(np.float32)
    given = ops.parameter([1, 256], np.float32, name="given")
    return ov.Model([ops.matmul(given, weights, False, False, name="product")], [given], "one")


def test_weights_are_rounded_to_fp16_and_take_half_the_file(model, tmp_path):
    half = with_half_weights(model)
    for name, entry in (("whole", model), ("half", half)):
        write_model(entry.clone(), tmp_path / f"{name}.xml")
    sizes = {name: file_bytes(tmp_path / f"{name}.xml") for name in ("whole", "half")}
    assert sizes["half"] < 0.55 * sizes["whole"]
    given = np.random.default_rng(1).normal(0, 1, (1, 256)).astype(np.float32)
    hint = {"INFERENCE_PRECISION_HINT": "f32"}
    outputs = [ov.Core().compile_model(m, "CPU", hint)([given])[0] for m in (model, half)]
    weights = (
        np.random.default_rng(0).normal(0, 1, (256, 256)).astype(np.float32).astype(np.float16)
    )
    assert np.allclose(outputs[1], given @ weights.astype(np.float32), atol=1e-4)
    assert not np.allclose(outputs[0], outputs[1], atol=1e-6)


def test_operations_keep_their_names(model):
    names = {op.get_friendly_name() for op in with_half_weights(model).get_ops()}
    assert {"given", "product"} <= names
