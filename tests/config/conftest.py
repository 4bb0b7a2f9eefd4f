"""A small complete config with components of its own, for every test of the room."""

from pathlib import Path
from textwrap import dedent

import pytest

COMPONENTS = '''
from typing import ClassVar, Literal

from calibrate import AnchoredPath, CalibrateError, Component


class Folder(Component):
    """Reads nothing."""

    data_source: AnchoredPath
    """The folder."""
    count: int = 3
    """How many."""
    labels: dict[int, str] = {}

    def items(self): return []
    def read(self, item): raise AssertionError("a config is checked without reading an image")
    def sources(self): return [self.data_source]
    def label_names(self): return []


class Scale(Component):
    """Changes nothing."""

    size: int | tuple[int, int] = 1
    filter: Literal["nearest", "bilinear"] = "nearest"

    def __call__(self, sample): return sample


class Decoder(Component):
    def predict(self, outputs, facts): ...
    def signature(self, outputs): ...
    def divergence(self, reference, outputs): ...
    def problems(self, shapes): return []


class Accuracy(Component):
    higher_is_better: ClassVar = True
    is_mean: ClassVar = True
    bounds: ClassVar = (0.0, 1.0)
    unit: ClassVar = "fraction"
    reference: ClassVar = "annotation"

    top_k: int = 1

    @property
    def label(self): return f"accuracy@{self.top_k}"
    def score(self, prediction, target, facts): ...
    def aggregate(self, evidence, counts): ...


class Decibel(Accuracy):
    unit: ClassVar = "dB"

    @property
    def label(self): return "psnr"
'''

CONFIG = """
model:
  path: model.onnx
dataset:
  adapter:
    type: parts.py:Folder
    data_source: images
preprocessing:
  - type: parts.py:Scale
    size: 8
decoder:
  type: parts.py:Decoder
metrics:
  - type: parts.py:Accuracy
output:
  dir: out
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the test stands: a valid `run.yaml` and what it names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts.py").write_text(COMPONENTS)
    (tmp_path / "model.onnx").write_bytes(b"onnx")
    (tmp_path / "images").mkdir()
    (tmp_path / "run.yaml").write_text(dedent(CONFIG).lstrip())
    return tmp_path
