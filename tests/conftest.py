"""What many tests share."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from hypothesis import settings
from numpy.typing import NDArray
from openvino import opset13 as ops

# A slow machine is no failure.
settings.register_profile("calibrate", deadline=None)
settings.load_profile("calibrate")

pytest_plugins = [
    "tests.fixtures.classifier",
    "tests.fixtures.color_job",
    "tests.fixtures.three_precisions",
    "tests.fixtures.workers",
]


@pytest.fixture(scope="session")
def zoo() -> Path:
    """The folder of real models and images; its tests are skipped where it is not there."""
    root = Path(__file__).parents[1]
    folder = Path(os.environ.get("CALIBRATE_ZOO", root / ".." / "shared" / "zoo")).resolve()
    if not (folder / "models").is_dir():
        pytest.skip(f"no zoo at {folder}; set CALIBRATE_ZOO")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes what the user's own runs keep of this machine."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def make_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a folder with a small network, labelled images and a config; gives the config.

    The network is fully convolutional with three convolutions, one of which INT8 spoils;
    `jitter` shakes all weights, as training again would, and leaves images and labels.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("calibrate.context.performance.SECONDS", 0.1)
    monkeypatch.setattr("calibrate.context.footprints.peak_memory", lambda _: 1 << 20)

    def make(name: str = "job", jitter: float = 0.0) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        random = np.random.default_rng(1)
        noise = random.integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
        tints = random.integers(0, 256, (COUNT, 1, 1, 3), dtype=np.uint8)
        images = (noise // 2 + tints // 2).astype(np.uint8)
        inputs = ((images.astype(np.float32) - 127.5) / 127.5).transpose(0, 3, 1, 2)
        features = _infer(_network(0.0, None), inputs)
        model = _network(jitter, features)
        ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
        labels = _infer(_network(0.0, features), inputs).argmax(1)
        np.savez(folder / "data.npz", images=images, labels=labels)
        path = folder / "job.yaml"
        path.write_text(JOB)
        return path

    return make


SIDE, COUNT, CLASSES = 12, 60, 5
JOB = """
model: {path: model.xml}
dataset:
  name: noise
  adapter: {type: arrays, data_source: data.npz, inputs: {image: images}, label_key: labels}
preprocessing:
  - {type: normalization, mean: 127.5, std: 127.5}
decoder: {type: classification, probabilities: false}
metrics: [{type: accuracy}]
quantization: {subset_size: 16}
search: {objective: size, ranking_subset_size: 12}
budget: {max_drop: 0.5}
deployment: {inference_precision: f32}
output: {dir: out}
"""


def _network(jitter: float, features: NDArray[np.float32] | None) -> ov.Model:
    random, shaken = np.random.default_rng(0), np.random.default_rng(7)

    def drawn(scale: float, shape: tuple[int, ...]) -> NDArray[np.float32]:
        values = random.normal(0, scale, shape)
        return (values * (1 + jitter * shaken.normal(0, 1, shape))).astype(np.float32)

    image = ops.parameter([-1, 3, SIDE, SIDE], np.float32, name="image")
    image.output(0).set_names({"image"})
    result, channels = image, 3
    for number in range(3):
        weights = drawn(1 / (3 * channels**0.5), (8, channels, 3, 3))
        weights[::4] *= 300 if number == 1 else 1
        result = ops.convolution(
            result, weights, [1, 1], [1, 1], [1, 1], [1, 1], name=f"conv{number}"
        )
        result = ops.relu(ops.add(result, drawn(0.1, (1, 8, 1, 1))))
        channels = 8
    pooled = ops.reduce_mean(result, np.array([2, 3]), keep_dims=False)
    if features is None:
        return ov.Model([pooled], [image], "trunk")
    classes = random.normal(0, 1, (8, CLASSES)) / (features.std(0)[:, None] + 1e-6)
    shift = -(features.mean(0) @ classes)[None]
    scores = ops.matmul(pooled, classes.astype(np.float32), False, False, name="classes")
    scores = ops.add(scores, shift.astype(np.float32))
    scores.output(0).set_names({"scores"})
    return ov.Model([scores], [image], "tiny")


def _infer(model: ov.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.concatenate([compiled(entry[None])[0] for entry in inputs])
