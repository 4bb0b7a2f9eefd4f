"""A small model and a few images whose calibration passes every stage in seconds."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.store.run_journal import JOURNAL_NAME

CLASSES = 10
SIZE = 16
COUNT = 60

CONFIG = """
    model: {path: model.xml}
    dataset:
      name: noise
      adapter: {type: arrays, data_source: data.npz, inputs: {image: images}, label_key: labels}
    preprocessing:
      - {type: normalization, mean: 127.5, std: 127.5}
    decoder: {type: classification, probabilities: true}
    metrics:
      - {type: accuracy, top_k: 1}
    quantization: {subset_size: 16}
    budget: {max_drop: 0.035}
    search: {objective: size, ranking_subset_size: 24}
    deployment: {inference_precision: f32}
    output: {dir: out}
"""


def trunk(seed: int) -> tuple[ov.Node, ov.Node]:
    """Input and pooled features of five convolutions; two have weights that INT8 spoils."""
    random = np.random.default_rng(seed)
    given = ops.parameter([1, 3, SIZE, SIZE], np.float32, name="image")
    result, channels = given.output(0), 3
    for number in range(5):
        weights = random.normal(0, 1 / (3 * channels**0.5), (16, channels, 3, 3))
        if number in (1, 3):
            weights[::4] *= 30
        made = ops.convolution(
            result, weights.astype(np.float32), [1, 1], [1, 1], [1, 1], [1, 1], name=f"conv{number}"
        )
        bias = random.normal(0, 0.1, (1, 16, 1, 1)).astype(np.float32)
        result = ops.relu(ops.add(made, bias)).output(0)
        channels = 16
    return given, ops.reduce_mean(result, np.array([2, 3]), keep_dims=False)


def network(inputs: NDArray[np.float32], seed: int = 0) -> ov.Model:
    """A classifier whose classes are about even on these inputs."""
    given, pooled = trunk(seed)
    features = infer(ov.Model([pooled], [given], "trunk"), inputs)
    given, pooled = trunk(seed)
    classes = np.random.default_rng(seed).normal(0, 1, (16, CLASSES)) / features.std(0)[:, None]
    scores = ops.add(
        ops.matmul(pooled, classes.astype(np.float32), False, False, name="classes"),
        (-features.mean(0) @ classes).astype(np.float32)[None],
    )
    probabilities = ops.softmax(scores, 1)
    probabilities.output(0).set_names({"scores"})
    return ov.Model([probabilities], [given], "tiny")


def infer(model: ov.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.concatenate([compiled(entry[None])[0] for entry in inputs])


def make_project(folder: Path, config: str = CONFIG, seed: int = 0) -> Path:
    """Model, images labelled by the model itself, and the config; the config's path."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed + 1)
    images = random.integers(0, 256, (COUNT, SIZE, SIZE, 3), dtype=np.uint8)
    tints = random.integers(0, 256, (COUNT, 1, 1, 3), dtype=np.uint8)
    images = (images // 2 + tints // 2).astype(np.uint8)
    inputs = ((images.astype(np.float32) - 127.5) / 127.5).transpose(0, 3, 1, 2)
    model = network(inputs, seed)
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
    labels = infer(model, inputs).argmax(1)
    np.savez(folder / "data.npz", images=images, labels=labels)
    path = folder / "run.yaml"
    path.write_text(dedent(config))
    return path


@dataclass(frozen=True)
class Project:
    """A folder with a config, and what a run makes of it."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "run.yaml"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def journal(self) -> Path:
        return self.out / "work" / JOURNAL_NAME

    def result(self) -> Mapping[str, Any]:
        """The model's bytes, and the report without what differs each time a run is made."""
        report = json.loads((self.out / "report.json").read_text())
        del report["created"], report["cost"], report["model"]["written"]
        for section in (report["config"]["output"], report["model"]):
            section.pop("dir", None)
        for recipe in report["recipes"]:
            del recipe["seconds"]
        # What a clock measures differs each time, and so does what a report says of it.
        for section in ("performance", "deployment", "notes"):
            report.pop(section, None)
        report["verdict"].pop("summary")
        report["verdict"].pop("next_steps")
        graph = (self.out / "model.xml").read_text()
        files = {
            "model.xml": re.sub(r"<calibrate>.*?</calibrate>", "", graph, flags=re.DOTALL),
            "model.bin": (self.out / "model.bin").read_bytes(),
        }
        # Sources stand in the folder of the project, which each copy has its own of.
        text = json.dumps(report, sort_keys=True).replace(str(self.folder), "")
        return {**files, "report": text}

    def copy(self, folder: Path) -> "Project":
        """The same without what any run left."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("out"))
        return Project(folder)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Model, images and config; nobody runs it."""
    folder = tmp_path_factory.mktemp("tiny")
    make_project(folder)
    return Project(folder)


@pytest.fixture
def project(template: Project, tmp_path: Path) -> Project:
    """A copy to run."""
    return template.copy(tmp_path / "project")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Times of the small models, measured once for all tests: they choose alike then."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests' times out of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


EVERY_CHANGE = {
    "test_the_run_passes_every_stage",
    "test_a_finished_run_is_not_made_again",
    "test_a_failing_inference_is_told_and_the_next_run_goes_on[9]",
    "test_a_full_disk_is_told_and_the_next_run_goes_on[3]",
    "test_a_disk_full_of_models[2]",
    "test_a_damaged_journal_is_not_believed[garble]",
    "test_a_damaged_stored_model_is_made_again",
    "test_the_time_limit_holds_to_within_one_evaluation[9]",
}
"""Tests of `test_faults.py` that run on every change, one of a kind; the others run every night."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name == "test_faults.py" and item.name not in EVERY_CHANGE:
            item.add_marker(pytest.mark.exhaustive)
