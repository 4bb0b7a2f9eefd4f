import numpy as np
import openvino as ov
import pytest

from calibrate.quantization.layer_errors import layer_errors

LAYERS = ("conv", "depthwise", "pw", "classes")


def test_every_layer_is_compared_with_the_inputs_of_fp32(case):
    errors = layer_errors(case.quantized(), case.model, case.feeds)
    assert list(errors) == list(LAYERS)
    # The scores are small differences of large products, so their share of noise is the largest.
    assert all(1e-7 < error < 0.2 for error in errors.values()), errors


def test_the_error_is_the_share_of_noise(case):
    alone = case.quantized(ignored_scope={"names": ["conv", "depthwise", "pw"]})
    (error,) = layer_errors(alone, case.model, case.feeds).values()
    exact, rounded = (outputs(model, case.feeds) for model in (case.model, alone))
    expected = np.square(exact - rounded).sum() / np.square(exact).sum()
    assert error == pytest.approx(expected, rel=1e-3)


def test_floating_point_has_none(case):
    assert layer_errors(case.model, case.model, case.feeds) == {}


def outputs(model: ov.Model, feeds) -> np.ndarray:
    """[N, C] of the last layer with its bias."""
    name = "classes_bias"
    (layer,) = [op for op in model.get_ops() if op.get_friendly_name() == name]
    watched = ov.Model([layer.output(0)], model.get_parameters(), "watched")
    compiled = ov.Core().compile_model(watched, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.concatenate([np.array(compiled(dict(feed))[0], np.float64) for feed in feeds])
