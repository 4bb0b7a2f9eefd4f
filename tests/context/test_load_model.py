import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.context import load_model as source
from calibrate.context.load_model import load_untrusted_model
from calibrate.errors import CalibrateError


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "model.xml"
    write(path, 1.0)
    return path


def write(path, value):
    given = ops.parameter([1, 2], np.float32, name="x")
    added = ops.add(given, np.full((1, 2), value, np.float32))
    ov.save_model(ov.Model([added], [given], "sum"), path, compress_to_fp16=False)


def test_each_file_is_tried_once(model, monkeypatch):
    tried = []
    monkeypatch.setattr(source, "try_model", tried.append)
    assert [load_untrusted_model(model).get_friendly_name() for _ in range(2)] == ["sum", "sum"]
    assert tried == [model]
    write(model, 2.0)
    load_untrusted_model(model)
    assert tried == [model, model]


def test_what_crashes_is_tried_again(model, monkeypatch):
    def crash(path):
        raise CalibrateError("OpenVINO crashes", where=str(path))

    monkeypatch.setattr(source, "try_model", crash)
    for _ in range(2):
        with pytest.raises(CalibrateError, match="crashes"):
            load_untrusted_model(model)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(CalibrateError, match="there is no such model"):
        load_untrusted_model(tmp_path / "none.onnx")
