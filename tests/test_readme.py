"""What the README and the guide of own components show works."""

import re
import shlex
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops
from PIL import Image

import calibrate
from calibrate.cli.main import run
from calibrate.models.write import write_model
from calibrate.report.performance_section import Performance
from calibrate.report.schema import Report
from calibrate.report.verdict_section import VerdictFacts

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guides" / "plugins.md").read_text(encoding="utf-8")


def block(mark: str, text: str = README) -> str:
    matches = re.search(rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert matches, f"no block is marked {mark}"
    return matches[1]


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_setting_up_is_one_command_each():
    """`.ci/run` runs them as they are."""
    for mark in ("command: sample", "command: tests"):
        lines = block(mark).strip().splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert "configs/quickstart.yaml" in block("command: sample")
    assert "readme_command sample" in (ROOT / ".ci" / "run").read_text()
    assert "readme_command tests" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("line", block("run in the tests").strip().splitlines())
def test_cheap_commands_run(line, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert run(shlex.split(line)[1:]) == 0
    assert capsys.readouterr().out


@pytest.fixture
def pets(tmp_path, monkeypatch) -> Path:
    """A folder with the guide's files, 24 images and a network that tells red from blue."""
    for name in ("mine.py", "pets.yaml", "test_mine.py"):
        shown = block(f"file: {name}", GUIDE)
        (tmp_path / name).write_text(shown.replace("pets.onnx", "pets.xml"))
    (tmp_path / "pets").mkdir()
    generator = np.random.default_rng(0)
    for number in range(24):
        pixels = generator.integers(0, 130, (40, 36, 3), np.uint8)
        pixels[:, :, 2 * (number % 2)] += 60
        name = f"{('cat', 'dog')[number % 2]}_{number:02}.png"
        Image.fromarray(pixels).save(tmp_path / "pets" / name)
    image = ops.parameter([1, 3, 32, 32], np.float32, name="image")
    image.output(0).set_names({"image"})
    weights = np.array([[8, 0, 0], [0, 0, 8]], np.float32).reshape(2, 3, 1, 1)
    mixed = ops.convolution(image, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    mean = ops.reduce_mean(mixed, ops.constant([2, 3]), keep_dims=False)
    mean.output(0).set_names({"logits"})
    write_model(ov.Model([ops.result(mean)], [image], "pets"), tmp_path / "pets.xml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_adapter_and_a_metric_take_less_than_40_lines():
    code = [line for line in block("file: mine.py", GUIDE).splitlines() if line.strip()]
    assert len(code) < 40


def test_custom_components_work(pets, capsys):
    assert run(["evaluate", "pets.yaml", "--json"]) == 0
    output = capsys.readouterr().out
    assert "brier" in output
    assert "accuracy@1" in output


def test_custom_components_pass_the_contract_checks(pets):
    """The tests that the guide shows, on its classes."""
    names: dict = {}
    # A test of its own process would take seconds; the file is the guide's, word for word.
    monkey = pytest.MonkeyPatch()
    with monkey.context() as context:
        context.syspath_prepend(str(pets))
        exec(compile(block("file: test_mine.py", GUIDE), "test_mine.py", "exec"), names)
        names["test_pets"]()
        names["test_brier"]()


def test_a_mistake_in_it_is_reported_with_its_place(pets, capsys):
    text = (pets / "pets.yaml").read_text().replace("classes: [cat, dog]", "classes: 3")
    (pets / "pets.yaml").write_text(text)
    assert run(["check", "pets.yaml"]) == 1
    assert "pets.yaml:3 dataset.adapter.classes" in capsys.readouterr().err


def test_python_interface_is_as_shown():
    code = block("file: api.py")
    compile(code, "api.py", "exec")
    named = set(re.findall(r"calibrate\.(\w+)", code)) | {"load_config", "load_report"}
    assert named <= set(calibrate.__all__)
    assert {"verdict", "performance"} <= set(Report.model_fields)
    assert isinstance(Performance.model_fields["speedup"].description, str)
    assert "summary" in VerdictFacts.model_fields
