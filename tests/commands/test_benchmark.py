import json

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.cli.main import run
from calibrate.commands.benchmark import random_inputs
from calibrate.runtime.benchmark import Settings
from calibrate.runtime.inference import LATENCY, THROUGHPUT


def test_two_models(job, certified, capsys):
    models = [str(job.parent / "model.xml"), str(certified)]
    words = ["--seconds", "0.2", "--threads", "1", "--layers", "--json", "-q"]
    assert run(["benchmark", *models, *words]) == 0
    output = json.loads(capsys.readouterr().out)
    assert [timed["path"] for timed in output["models"]] == models
    first = output["models"][0]
    assert first["performance"]["speedup"] == 1.0
    assert first["performance"]["peak_memory_bytes"] > 1e7
    times = [layer["microseconds"] for layer in first["layers"]]
    assert times == sorted(times, reverse=True)


def test_for_people(job, capsys):
    model = str(job.parent / "model.xml")
    assert run(["benchmark", model, "--seconds", "0.1", "--layers", "--top", "1"]) == 0
    out = capsys.readouterr().out
    assert "peak memory" in out
    assert "slowest layers" in out


def dynamic(folder):
    image = ops.parameter([-1, 3, -1, -1], np.float32, name="image")
    image.output(0).set_names({"image"})
    ov.save_model(ov.Model([ops.result(ops.relu(image))], [image], "m"), folder / "open.xml")
    return str(folder / "open.xml")


def test_open_shapes(tmp_path, capsys):
    path = dynamic(tmp_path)
    assert run(["benchmark", path]) == 1
    assert "give them: --shape 'image=1,3,224,224'" in capsys.readouterr().err
    assert run(["benchmark", path, "--shape", "image=1,3,16,16", "--seconds", "0.1", "-q"]) == 0
    assert run(["benchmark", path, "--shape", "image"]) == 2


@pytest.mark.parametrize(
    ("settings", "hint", "expected"),
    [
        (Settings(), LATENCY, dict(LATENCY)),
        (Settings(streams=3, threads=2), LATENCY, {**LATENCY, "INFERENCE_NUM_THREADS": 2}),
        (Settings(streams=3), THROUGHPUT, {**THROUGHPUT, "NUM_STREAMS": 3}),
    ],
)
def test_settings(settings, hint, expected):
    assert settings.of(hint) == expected


def test_random_inputs():
    ports = [
        ops.parameter([2, 3], np.float32),
        ops.parameter([2, 5], np.uint8),
        ops.parameter([2, 7], np.int64),
    ]
    model = ov.Model([ops.result(port) for port in ports], ports, "m")
    tensors = random_inputs(model)
    floats, pixels, tokens = tensors.inputs
    assert (len(tensors), floats.dtype, pixels.dtype) == (2, np.float32, np.uint8)
    assert floats.max() <= 1
    assert pixels.max() > 1
    assert tokens.max() <= 1
