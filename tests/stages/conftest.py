"""A whole small job: a network that reads three colours, images of them, a config."""

import json
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops
from PIL import Image

from calibrate.config.load import load_config
from calibrate.contracts.costs import Costs
from calibrate.contracts.progress import Silent
from calibrate.model.certificate import certify
from calibrate.model.read import read_model
from calibrate.model.write import digest_files, write_model
from calibrate.stages.evaluate import evaluate
from calibrate.stages.ground.environment import environment
from calibrate.stages.ground.images import divide
from calibrate.stages.ground.observe import Gallery

SIDE = 8


def color_reader(scale: float = 8.0) -> ov.Model:
    """[?, 3, 8, 8] NCHW, 0-1: a 1 x 1 convolution, the mean over pixels, a logit a channel."""
    image = ops.parameter([-1, 3, SIDE, SIDE], np.float32, name="image")
    image.output(0).set_names({"image"})
    weights = (scale * np.eye(3, dtype=np.float32)).reshape(3, 3, 1, 1)
    mixed = ops.convolution(image, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    mean = ops.reduce_mean(mixed, ops.constant([2, 3]), keep_dims=False)
    mean.output(0).set_names({"logits"})
    return ov.Model([ops.result(mean)], [image], "colors")


@pytest.fixture
def job(tmp_path) -> Path:
    """The config: `model.xml` and 30 images in `data/red`, `green`, `blue`, a few mislabelled."""
    write_model(color_reader(), tmp_path / "model.xml")
    rng = np.random.default_rng(0)
    for label, name in enumerate(("blue", "green", "red")):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(10):
            pixels = rng.integers(0, 120, (SIDE, SIDE, 3), np.uint8)
            shown = 2 - label if number else 1
            pixels[:, :, shown] += 60
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{number}.png")
    path = tmp_path / "job.yaml"
    path.write_text(
        "model: {path: model.xml}\n"
        "dataset:\n"
        "  adapter:\n"
        "    type: image_folder\n"
        "    data_source: data\n"
        "    label_map: {red: 0, green: 1, blue: 2}\n"
        "preprocessing:\n"
        "  - {type: normalization, preset: unit}\n"
        "decoder: {type: classification}\n"
        "metrics: [{type: accuracy}]\n"
        "budget: {max_drop: 0.05}\n"
        "output: {dir: out}\n"
    )
    return path


@pytest.fixture
def certified(job) -> Path:
    """An IR with a certificate as a run would write it; it is FP32, so it drops nothing."""
    return certify_as(job, color_reader(7.0), job.parent / "out" / "certified.xml")


def certify_as(config: Path, model: ov.Model, path: Path) -> Path:
    """Write a model with the certificate of a config's acceptance images."""
    resolved = load_config(config)
    source = resolved.config.model.path
    gallery = Gallery(resolved, Silent(), config.parent / "work", Costs(lambda: 0.0))
    tensors, _ = gallery.tensors(read_model(source))
    count = len(divide(resolved, tensors).acceptance)
    measured = evaluate(resolved, [source], "acceptance", Silent(), Costs(lambda: 0.0))
    value = measured.models[0].metrics[0].value
    score = {images: {"value": value, "drop": 0.0} for images in ("acceptance", "search")}
    model.reshape([1, 3, SIDE, SIDE])
    certificate = {
        "version": 1,
        "source": {"name": "colors", "digest": digest_files(source)},
        "dataset": {
            "name": "colors",
            "digest": tensors.digest(),
            "acceptance": count,
            "search": len(tensors) - count,
        },
        "verdict": {"summary": "all groups in INT8: accepted"},
        "metrics": {
            "accuracy@1": {
                "unit": "fraction",
                "fp32": score,
                "result": score,
                "budget": {"absolute": 0.05},
            }
        },
        "not_int8": {"conv": "accuracy"},
        "environment": environment().model_dump(mode="json"),
        "config": json.loads(json.dumps(resolved.document)),
        "folder": "..",
    }
    certify(model, certificate)
    write_model(model, path)
    return path


@pytest.fixture
def certified_badly(job) -> Path:
    """An IR whose certificate promises what the model does not keep: its scores are reversed."""
    return certify_as(job, color_reader(-8.0), job.parent / "out" / "worse.xml")
