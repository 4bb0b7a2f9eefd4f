from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from calibrate.errors import CalibrateError
from calibrate.models.quantized import (
    floating_point,
    quantized_layers,
    weighted_layers,
    without_quantizers,
)
from calibrate.models.read import read_model
from tests.miniatures.files import fake_quantized, quantize_dequantize
from tests.miniatures.images import squeeze_excitation


def test_layers_that_read_quantized_values_are_counted():
    assert (len(quantized_layers(fake_quantized())), len(weighted_layers(fake_quantized()))) == (
        1,
        2,
    )
    assert quantized_layers(squeeze_excitation()) == ()


def test_a_quantized_model_is_refused_with_the_way_round():
    with pytest.raises(CalibrateError) as caught:
        floating_point(fake_quantized(), Path("m.xml"), remove_quantizers=False)
    assert str(caught.value).startswith("m.xml: the model is quantized already: 1 of 2 layers with")
    assert "model.remove_quantizers: true" in caught.value.hint
    plain = squeeze_excitation()
    assert floating_point(plain, Path("m.xml"), remove_quantizers=False) is plain


@pytest.mark.parametrize("kind", ["FakeQuantize", "ONNX"])
def test_without_its_quantizers_it_computes_about_the_same(tmp_path, kind):
    source = (
        fake_quantized() if kind == "FakeQuantize" else read_model(quantize_dequantize(tmp_path))
    )
    floats = without_quantizers(source)
    assert quantized_layers(floats) == ()
    assert not any(op.get_type_name() == "FakeQuantize" for op in floats.get_ops())
    image = np.random.default_rng(0).normal(0, 1, (1, 3, 12, 12)).astype(np.float32)
    before, after = (
        ov.Core().compile_model(each, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([image])[0]
        for each in (source, floats)
    )
    np.testing.assert_allclose(after, before, atol=0.1 * np.abs(before).max())
