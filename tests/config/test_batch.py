from pathlib import Path

import pytest

from calibrate.config.batch import BatchModel, is_batch, load_batch
from calibrate.errors import CalibrateError

WHOLE = """
batch:
  base: run.yaml
  models:
    - models/a.onnx
    - {path: models/b.onnx, name: second, set: {decoder.logits: false}}
  datasets: [data.yaml]
  budgets: [0.01, {max_drop: 0.02, drop_type: relative}]
  set: {search.recipes: thorough}
  output_dir: out
  timeout: 60
"""


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "batch.yaml"
        path.write_text(text)
        return path

    return write


def test_paths_are_relative_to_the_file(file):
    path = file(WHOLE)
    section = load_batch(path).section
    assert section.base == path.parent / "run.yaml"
    assert section.models[0] == path.parent / "models" / "a.onnx"
    second = section.models[1]
    assert isinstance(second, BatchModel)
    assert (second.path, second.name) == (path.parent / "models" / "b.onnx", "second")
    assert second.set == {"decoder.logits": False}
    assert section.output_dir == path.parent / "out"
    assert (section.timeout, section.memory_limit, section.jobs) == (60, None, 1)


def test_overrides_of_the_batch_and_of_its_runs(file):
    batch = load_batch(file(WHOLE), ["batch.jobs=2", "budget.max_drop=0.5"])
    assert batch.section.jobs == 2
    assert batch.overrides == ("budget.max_drop=0.5",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("batch: {}", True), ("model: {path: a.xml}", False), ("batch: [", False), ("", False)],
)
def test_is_batch(file, text, expected):
    assert is_batch(file(text)) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batch: {base: a.yaml}", "batch.yaml:1 batch.output_dir: the key is missing"),
        (
            "batch:\n  base: a.yaml\n  output_dir: out\n  model: [a]\n",
            "batch.yaml:4 batch.model: unknown key; did you mean 'models'?",
        ),
        (
            "batch:\n  base: a.yaml\n  output_dir: out\n  budgets: [-1]\n",
            "batch.yaml:4 batch.budgets[0]: ",
        ),
        (
            "batch:\n  base: a.yaml\n  output_dir: out\n  memory_limit: 12\n",
            "batch.yaml:4 batch.memory_limit: has to be at least 256, got 12",
        ),
        (
            "batch:\n  base: a.yaml\n  output_dir: out\n  set:\n    output.dir: b\n",
            "every run has a folder of its own; name their parent: output_dir",
        ),
        (
            "batch:\n  base: a.yaml\n  output_dir: out\n  models: [{path: a, set: {'a..b': 1}}]\n",
            "'a..b' is not a path of keys",
        ),
    ],
)
def test_problems_have_their_place(file, text, message):
    with pytest.raises(CalibrateError) as raised:
        load_batch(file(text))
    assert message in str(raised.value)
