import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.schema import ModelInput
from calibrate.errors import CalibrateError
from calibrate.models.freeze import freeze_inputs
from tests.fixtures.layers import model, parameter


def summed(shape: list[int], kind: type = np.float32) -> ov.Model:
    x, other = parameter([1, 4]), parameter(shape, kind, "other")
    return model(ops.add(x, ops.convert(other, "f32")), x, other)


@pytest.mark.parametrize(
    ("shape", "kind", "value", "expected"),
    [
        ([], np.int64, 3, [4, 5, 6, 7]),
        ([1], np.float32, 0.5, [1.5, 2.5, 3.5, 4.5]),
        ([-1, 4], np.float32, [1, 0, 1, 0], [2, 2, 4, 4]),
    ],
)
def test_a_frozen_input_is_a_constant(shape, kind, value, expected):
    source = summed(shape, kind)
    frozen = freeze_inputs(source, {"other": ModelInput(value=value)})
    assert [port.get_any_name() for port in frozen.inputs] == ["x"]
    assert len(source.inputs) == 2
    outputs = ov.Core().compile_model(frozen, "CPU")([np.array([[1, 2, 3, 4]], np.float32)])
    assert outputs[0].tolist() == [expected]


def test_without_values_it_is_the_model_itself():
    source = summed([1])
    assert freeze_inputs(source, {"other": ModelInput(source="x")}) is source


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"other": 0.5}, "model.inputs.other.value: 0.5 is not whole, and the input takes i64"),
        ({"other": [1, 2]}, "does not fill the input's shape [1]"),
        ({"other": 1, "x": 0}, "every input is frozen"),
    ],
)
def test_values_that_do_not_fit(settings, message):
    entries = {name: ModelInput(value=value) for name, value in settings.items()}
    with pytest.raises(CalibrateError) as caught:
        freeze_inputs(summed([1], np.int64), entries)
    assert message in str(caught.value)
