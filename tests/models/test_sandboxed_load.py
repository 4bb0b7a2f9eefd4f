"""A crash of the process that tries a model becomes an error."""

import sys
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.errors import CalibrateError
from calibrate.models.sandboxed_load import try_model


@pytest.fixture
def model(tmp_path) -> Path:
    image = ops.parameter([-1, 3, 4, 4], np.float32, name="image")
    path = tmp_path / "model.xml"
    ov.save_model(ov.Model([ops.relu(image)], [image], "small"), path)
    return path


@pytest.fixture
def pretend(tmp_path, monkeypatch):
    """Has another program take the interpreter's place."""

    def take(script: str) -> None:
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))

    return take


def test_a_model_that_runs(model):
    try_model(model)


def test_what_openvino_refuses_is_reported_by_whoever_reads_it(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    try_model(path)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo reading; kill -SEGV $$", "crashes while reading it .Segmentation fault"),
        ("echo reading; echo compiling; kill -BUS $$", "crashes while compiling it .Bus error"),
        ("echo reading; echo running; exit 134", "crashes while running it .exit code 134"),
        ("echo reading; echo memory", "more memory for it than this machine has"),
        ("echo no module named calibrate >&2; exit 1", "does not start: no module named calibrate"),
        ("echo reading; exec sleep 60", "still reading it after 1 s"),
    ],
)
def test_ends(model, pretend, script, message):
    pretend(script)
    with pytest.raises(CalibrateError, match=message) as caught:
        try_model(model, patience=1.0)
    assert caught.value.hint


def test_nothing_is_imported_from_where_the_user_stands(model, monkeypatch):
    (model.parent / "numpy.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(model.parent)
    try_model(model)
