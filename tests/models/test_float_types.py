import numpy as np
import openvino as ov
import pytest

from calibrate.models.float_types import in_float32, with_ports_of
from tests.fixtures.layers import linear, model, parameter
from tests.miniatures.control_flow import IMAGES, bfloat16, float64


def outputs(given: ov.Model, image: np.ndarray) -> np.ndarray:
    return np.array(
        ov.Core().compile_model(given, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([image])[0]
    )


@pytest.mark.parametrize("build", [bfloat16, float64])
def test_the_same_in_single_precision_and_back(build):
    source = build()
    single = in_float32(source)
    kinds = {port.get_element_type() for op in single.get_ops() for port in op.outputs()}
    assert not kinds & {ov.Type.bf16, ov.Type.f64}
    if build is float64:
        wanted = outputs(source, IMAGES[:1].astype(np.float64))
        np.testing.assert_allclose(outputs(single, IMAGES[:1]), wanted, rtol=1e-5, atol=1e-6)
    back = with_ports_of(single, source)
    kind = ov.Type.bf16 if build is bfloat16 else ov.Type.f32
    assert {port.get_element_type() for port in (*back.inputs, *back.outputs)} == {kind}
    assert [p.get_names() for p in back.outputs] == [p.get_names() for p in source.outputs]


def test_others_are_left_as_they_are():
    x = parameter([1, 4])
    source = model(linear(x, 4, 2), x)
    assert in_float32(source) is source
