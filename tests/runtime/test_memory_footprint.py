import openvino as ov
import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime.memory_footprint import peak_memory


def test_a_process_that_runs_the_model_takes_memory(classifier_model, tmp_path):
    path = tmp_path / "a model.xml"
    ov.save_model(classifier_model(1), path)
    assert 10 << 20 < peak_memory(path) < 4 << 30


def test_a_model_that_does_not_run_is_reported_in_one_line(tmp_path):
    with pytest.raises(CalibrateError) as caught:
        peak_memory(tmp_path / "nothing.xml")
    message = str(caught.value)
    assert message.startswith(
        f"{tmp_path / 'nothing.xml'}: the model does not run in its process: "
    )
    assert "\n" not in message
