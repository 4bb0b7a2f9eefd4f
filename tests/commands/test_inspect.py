import json

import pytest

from calibrate.cli.main import run
from calibrate.commands.check import check
from calibrate.config.load import load_config
from calibrate.errors import CalibrateError


def test_a_plain_model(job, capsys):
    assert run(["inspect", str(job.parent / "model.xml"), "--json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert output["inputs"] == [
        {"name": "image", "shape": [-1, 3, 8, 8], "type": "f32", "layout": ""}
    ]
    assert output["outputs"][0]["name"] == "logits"
    assert output["weighted"] == {"Convolution": 1}
    assert output["quantized"] == {}
    # In which type a layer runs without a hint, the CPU decides.
    assert sum(output["runtime"].values()) == 1
    assert output["runtime"].keys() <= {"f32", "bf16", "f16"}
    assert output["certificate"] is None
    precisions = {output["executed"][name] for name in output["names"]}
    assert precisions <= {"f32", "bf16", "f16"}
    assert list(output["names"].values()) == ["Convolution", "ReduceMean"]


def test_operations_are_listed_as_a_scope_names_them(job, capsys):
    model = job.parent / "model.xml"
    assert run(["inspect", str(model)]) == 0
    assert "ReduceMean" not in capsys.readouterr().out
    assert run(["inspect", str(model), "--operations"]) == 0
    listed = capsys.readouterr().out
    name, _, precision = next(line.split() for line in listed.splitlines() if "ReduceMean" in line)
    assert precision in ("f32", "bf16", "f16")
    config = load_config(job, overrides=[f"quantization.ignored_scope.names=[{name}, no_such]"])
    with pytest.raises(CalibrateError, match="matches name 'no_such'") as text:
        check(config)
    assert "inspect MODEL --operations" in text.value.hint


def test_a_certified_model(certified, capsys):
    assert run(["inspect", str(certified)]) == 0
    out = capsys.readouterr().out
    assert "Certificate (as certified): all groups in INT8: accepted" in out
    assert "not INT8: conv (accuracy)" in out
    assert ", this model " in out
    weights = certified.with_suffix(".bin").read_bytes()
    certified.with_suffix(".bin").write_bytes(b"\1\1" + weights[2:])
    assert run(["inspect", str(certified)]) == 0
    assert "CHANGED SINCE IT WAS CERTIFIED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "message"), [("no.xml", "there is no such model"), ("a.txt", ".txt")]
)
def test_no_model(tmp_path, name, message, capsys):
    (tmp_path / "a.txt").write_text("x")
    assert run(["inspect", str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err
