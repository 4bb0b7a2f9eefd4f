import json

import numpy as np
import openvino as ov
import pytest

from calibrate.commands.new.propose import propose
from calibrate.commands.run import run
from calibrate.config.load import load_config
from calibrate.context.load_source import digest_source, load_source
from calibrate.core.progress import NoProgress
from calibrate.errors import CalibrateError
from calibrate.models.fingerprint import fingerprint
from calibrate.models.read import read_model

torch = pytest.importorskip("torch")

NETWORK = """
import torch
from torch import nn

def network(width=8):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(width, 4),
    )

def unknown():
    class Unknown(nn.Module):
        def forward(self, x):
            return torch.special.bessel_j0(x).sum((2, 3))
    return Unknown()

def fails():
    raise ValueError("no such width")
"""
IMAGES = np.random.default_rng(0).standard_normal((24, 3, 8, 8)).astype(np.float32)
F32 = {"INFERENCE_PRECISION_HINT": "f32"}


@pytest.fixture
def network(tmp_path):
    """The module, whose source is `nets.py` beside the config."""
    (tmp_path / "nets.py").write_text(NETWORK)
    scope: dict = {}
    exec(NETWORK, scope)  # the same source as the file's
    return scope["network"]().eval()


def config(folder, path, **model):
    np.savez(folder / "data.npz", x=IMAGES)
    document = {
        "model": {"path": path, **model},
        "dataset": {"adapter": {"type": "arrays", "data_source": "data.npz"}},
        "decoder": {"type": "classification"},
        "metrics": [{"type": "agreement", "max_drop": 0.5}],
        "search": {"objective": "size"},
        "output": {"dir": "out", "name": "result"},
    }
    file = folder / "config.yaml"
    file.write_text(json.dumps(document))
    return file


def outputs(model: ov.Model) -> np.ndarray:
    compiled = ov.Core().compile_model(model, "CPU", F32)
    return np.concatenate([compiled([image[None]])[0] for image in IMAGES])


@pytest.fixture
def written(network, tmp_path):
    """By kind, the value of `model.path` for a file of the network."""
    example = (torch.zeros(1, 3, 8, 8),)
    torch.export.save(torch.export.export(network, example), tmp_path / "net.pt2")
    torch.jit.trace(network, example).save(tmp_path / "net.pt")
    torch.onnx.export(network, example, str(tmp_path / "net.onnx"), dynamo=False)
    return {"pt2": "net.pt2", "script": "net.pt", "function": "nets.py:network", "onnx": "net.onnx"}


@pytest.mark.parametrize("kind", ["pt2", "script", "function"])
def test_each_form_computes_what_the_module_does(network, written, tmp_path, kind):
    source = load_source(load_config(config(tmp_path, written[kind])))
    with torch.no_grad():
        wanted = network(torch.from_numpy(IMAGES)).numpy()
    np.testing.assert_allclose(outputs(source), wanted, rtol=1e-4, atol=1e-5)
    assert fingerprint(load_source(load_config(config(tmp_path, written[kind])))) == fingerprint(
        source
    )


def test_an_exported_program_states_its_shapes(network, written, tmp_path):
    assert list(read_model(tmp_path / written["pt2"]).inputs[0].shape) == [1, 3, 8, 8]
    sides = ({0: torch.export.Dim("batch"), 2: torch.export.Dim("height", min=2)},)
    example = (torch.zeros(2, 3, 8, 8),)
    program = torch.export.export(network, example, dynamic_shapes=sides)
    torch.export.save(program, tmp_path / "open.pt2")
    assert str(read_model(tmp_path / "open.pt2").inputs[0].partial_shape) == "[?,3,?,8]"


def test_a_scripted_module_states_nothing_of_its_inputs(tmp_path):
    torch.jit.script(torch.nn.Linear(8, 4)).save(tmp_path / "net.pt")
    np.savez(tmp_path / "data.npz", x=IMAGES[:, 0, 0])
    proposal = propose(tmp_path / "net.pt", tmp_path / "data.npz", NoProgress())
    assert read_model(tmp_path / "net.pt").inputs[0].get_element_type() == ov.Type.f32
    (given,) = proposal.content["model"]["inputs"].values()
    assert given == {"shape": [1, 8]}


@pytest.mark.parametrize("kind", ["pt2", "function"])
def test_the_int8_model_is_the_one_of_the_onnx_export(written, tmp_path, monkeypatch, kind):
    monkeypatch.setattr("calibrate.context.performance.SECONDS", 0.1)
    monkeypatch.setattr("calibrate.context.footprints.peak_memory", lambda _: 1 << 20)
    results = {}
    for name in (kind, "onnx"):
        (tmp_path / name).mkdir()
        file = config(tmp_path, written[name])
        document = json.loads(file.read_text())
        document["output"]["dir"] = name
        file.write_text(json.dumps(document))
        run(load_config(file))
        results[name] = outputs(read_model(tmp_path / name / "result.xml"))
    np.testing.assert_allclose(results[kind], results["onnx"], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_arguments_and_weights_of_a_function(network, tmp_path, suffix):
    state = {name: value * 2 for name, value in network.state_dict().items()}
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pt":
        torch.save(state, path)
    else:
        pytest.importorskip("safetensors.torch").save_file(state, path)
    plain = load_config(config(tmp_path, "nets:network"))
    loaded = load_config(config(tmp_path, "nets:network", weights=path.name))
    assert digest_source(plain.config.model) != digest_source(loaded.config.model)
    network.load_state_dict(state)
    with torch.no_grad():
        wanted = network(torch.from_numpy(IMAGES)).numpy()
    np.testing.assert_allclose(outputs(load_source(loaded)), wanted, rtol=1e-4, atol=1e-5)
    wide = load_config(config(tmp_path, "nets:network", arguments={"width": 4}))
    constants = [op for op in load_source(wide).get_ops() if op.get_type_name() == "Constant"]
    assert [4, 3, 3, 3] in [list(op.get_output_shape(0)) for op in constants]


@pytest.mark.parametrize(
    ("path", "model", "message"),
    [
        ("nets.py:unknown", {}, "cannot convert the PyTorch model: No conversion rule found for"),
        ("nets.py:fails", {}, "nets.py:fails: the function fails: ValueError: no such width"),
        ("nets.py:missing", {}, "nets.py has no function missing"),
        ("absent.py:network", {}, "there is no module absent.py"),
        ("nets.py:network", {"arguments": {"depth": 3}}, "unexpected keyword argument 'depth'"),
        ("nets.py:network", {"weights": "data.npz"}, "the weights cannot be loaded"),
        ("weights.pt", {}, "PyTorch cannot read it"),
    ],
)
def test_what_cannot_be_read_is_reported(network, tmp_path, path, model, message):
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    with pytest.raises(CalibrateError) as caught:
        load_source(load_config(config(tmp_path, path, **model)))
    assert message in str(caught.value)


@pytest.mark.parametrize("path", ["nets.py:network", "net.pt2", "net.pt"])
def test_nothing_is_executed_where_plugins_are_not_allowed(network, written, tmp_path, path):
    with pytest.raises(CalibrateError, match="would execute code, and plugins are switched off"):
        load_config(config(tmp_path, path), allow_plugins=False)
