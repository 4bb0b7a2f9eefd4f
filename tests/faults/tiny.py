"""A small model and a few images whose calibration passes every stage in seconds."""

from pathlib import Path
from textwrap import dedent

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

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
    search: {ranking_subset_size: 24}
    output: {dir: out}
"""


def trunk(seed: int) -> tuple[ov.Node, ov.Node]:
    """Input and pooled features of five convolutions; two have weights that INT8 spoils."""
    random = np.random.default_rng(seed)
    given = ops.parameter([1, 3, SIZE, SIZE], np.float32, name="image")
    found, channels = given.output(0), 3
    for number in range(5):
        weights = random.normal(0, 1 / (3 * channels**0.5), (16, channels, 3, 3))
        if number in (1, 3):
            weights[::4] *= 30
        made = ops.convolution(
            found, weights.astype(np.float32), [1, 1], [1, 1], [1, 1], [1, 1], name=f"conv{number}"
        )
        bias = random.normal(0, 0.1, (1, 16, 1, 1)).astype(np.float32)
        found = ops.relu(ops.add(made, bias)).output(0)
        channels = 16
    return given, ops.reduce_mean(found, np.array([2, 3]), keep_dims=False)


def network(inputs: NDArray[np.float32], seed: int = 0) -> ov.Model:
    """A classifier whose classes are about even on these inputs."""
    given, pooled = trunk(seed)
    features = infer(ov.Model([pooled], [given], "trunk"), inputs)
    given, pooled = trunk(seed)
    classes = np.random.default_rng(seed).normal(0, 1, (16, CLASSES)) / features.std(0)[:, None]
    scores = ops.add(
        ops.matmul(pooled, classes.astype(np.float32), False, False),
        (-features.mean(0) @ classes).astype(np.float32)[None],
    )
    probabilities = ops.softmax(scores, 1)
    probabilities.output(0).set_names({"scores"})
    return ov.Model([probabilities], [given], "tiny")


def infer(model: ov.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.concatenate([compiled(one[None])[0] for one in inputs])


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
