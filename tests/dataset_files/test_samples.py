"""The sample data is what its descriptions say."""

import json
from pathlib import Path

import numpy as np
import pytest

from calibrate.commands.evaluate import evaluate
from calibrate.config.load import load_config, load_dataset
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress

ROOT = Path(__file__).parents[2]


def images(name):
    with np.load(ROOT / "datasets/digits" / name) as arrays:
        return arrays["image"], arrays["label"]


def test_no_digit_was_trained_on():
    judged, trained = (
        {image.tobytes() for image in images(name)[0]} for name in ("digits.npz", "train.npz")
    )
    assert judged.isdisjoint(trained)


@pytest.mark.parametrize(("name", "count"), [("digits.npz", 1000), ("train.npz", 797)])
def test_digits(name, count):
    pixels, labels = images(name)
    assert (pixels.shape, pixels.dtype) == ((count, 8, 8, 1), np.uint8)
    assert pixels.max() == 255
    assert set(labels.tolist()) == set(range(10))


@pytest.mark.parametrize("name", ["digits", "docstrings", "shapes"])
def test_descriptions_find_their_files(name):
    load_dataset(ROOT / "datasets" / f"{name}.yaml", check_files=True)


def test_every_shape_is_drawn_and_annotated():
    folder = ROOT / "datasets/shapes"
    listed = (folder / "ImageSets/Main/val.txt").read_text().split()
    assert len(listed) == 300
    for part, suffix in (("JPEGImages", ".jpg"), ("Annotations", ".xml")):
        assert sorted(path.name for path in (folder / part).iterdir()) == [
            f"{name}{suffix}" for name in listed
        ]


def test_no_docstring_was_trained_on():
    judged, trained = (
        [json.loads(line) for line in (ROOT / f"datasets/docstrings/{name}.jsonl").open()]
        for name in ("judged", "train")
    )
    assert (len(judged), len(trained)) == (600, 1242)
    assert {row["text"] for row in judged}.isdisjoint(row["text"] for row in trained)


def test_the_text_sample_scores_what_its_training_printed(tmp_path):
    pytest.importorskip("tokenizers")
    config = load_config(
        ROOT / "configs/quickstart_text.yaml", overrides=[f"output.dir={tmp_path}"]
    )
    models = [config.config.model.path]
    report = evaluate(config, models, "all", NoProgress(), Costs(lambda: 0.0))
    first = report.models[0].metrics[0]
    assert (first.metric, first.value) == ("accuracy@1", pytest.approx(0.885, abs=1e-3))
