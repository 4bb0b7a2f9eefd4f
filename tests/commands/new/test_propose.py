import json
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
import yaml
from openvino import opset13 as ops

from calibrate.cli.main import run
from calibrate.commands.new.trials import FAILED, Score
from calibrate.commands.new.yaml import flow_yaml
from calibrate.models.write import write_model

SIDE = 8


def new(folder, model, data, *words):
    return run(["new", str(model), str(data), "-o", str(folder / "new.yaml"), "-q", *words])


def written(folder):
    return yaml.safe_load((folder / "new.yaml").read_text())


def test_a_folder_a_class(job, capsys):
    folder = job.parent
    assert new(folder, folder / "model.xml", folder / "data") == 0
    result = written(folder)
    assert result["model"]["path"] == "model.xml"
    assert result["dataset"]["adapter"] == {"type": "image_folder", "data_source": "data"}
    assert result["decoder"]["type"] == "classification"
    assert result["metrics"] == [{"type": "accuracy"}]
    # The folders stand in another order than the model's channels, which BGR makes up for.
    assert {"type": "rgb_to_bgr"} in result["preprocessing"]
    assert run(["check", str(folder / "new.yaml")]) == 0
    capsys.readouterr()


def test_an_existing_file_stays(job, capsys):
    folder = job.parent
    (folder / "new.yaml").write_text("mine")
    assert new(folder, folder / "model.xml", folder / "data") == 1
    assert "the file is there already" in capsys.readouterr().err
    assert (folder / "new.yaml").read_text() == "mine"
    assert new(folder, folder / "model.xml", folder / "data", "--force") == 0


def test_images_without_labels(job, capsys):
    folder = job.parent
    assert new(folder, folder / "model.xml", folder / "data" / "red") == 0
    result = written(folder)
    assert result["dataset"]["adapter"]["type"] == "images"
    assert result["metrics"] == [{"type": "agreement"}]
    assert "Without labels no preprocessing can be tried" in (folder / "new.yaml").read_text()
    assert run(["check", str(folder / "new.yaml")]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(("model", "data"), [("none.xml", "data"), ("model.xml", "none")])
def test_missing_files(job, model, data, capsys):
    assert new(job.parent, job.parent / model, job.parent / data) == 1
    assert "there is no such" in capsys.readouterr().err
    assert not (job.parent / "new.yaml").exists()


def two_inputs(folder, side):
    """The network of `job` on the mean of two images, the second of another size perhaps."""
    sides = (SIDE, side)
    images = [ops.parameter([-1, 3, s, s], np.float32) for s in sides]
    for name, image in zip(("before", "after"), images, strict=True):
        image.output(0).set_names({name})
    means = [ops.reduce_mean(image, ops.constant([2, 3]), keep_dims=False) for image in images]
    logits = ops.multiply(ops.add(*means), np.float32(4))
    write_model(ov.Model([ops.result(logits)], images, "pairs"), folder / "pairs.xml")
    return folder / "pairs.xml"


def test_one_image_for_several_inputs(job, capsys):
    assert new(job.parent, two_inputs(job.parent, SIDE), job.parent / "data") == 0
    assert written(job.parent)["model"]["inputs"] == {
        "before": {"source": "image"},
        "after": {"source": "image"},
    }
    text = (job.parent / "new.yaml").read_text()
    assert "# Look at this: Every input (before, after) is fed the same image." in text
    assert run(["check", str(job.parent / "new.yaml")]) == 0
    capsys.readouterr()


def test_inputs_of_several_sizes(job, capsys):
    assert new(job.parent, two_inputs(job.parent, 6), job.parent / "data") == 1
    output = " ".join(capsys.readouterr().err.split())
    assert (
        "2 inputs that one image cannot feed: before [-1, 3, 8, 8], after [-1, 3, 6, 6]" in output
    )
    assert "an adapter whose samples contain data for each" in output


def score(values, each=()):
    """A proposal whose metric is the mean of a number an image."""
    numbers = np.asarray(values, np.float64)

    def drawn(sets):
        chosen = np.random.default_rng(0).integers(0, len(numbers), (sets, len(numbers)))
        return numbers[chosen].mean(axis=1)

    return Score(float(numbers.mean()), np.asarray(each, np.float64), drawn)


EASY_AND_HARD = np.linspace(0, 1, 64)


@pytest.mark.parametrize(
    ("first", "second", "clear"),
    [
        # A little better on every image: images differ by far more, which is common to both.
        (score(EASY_AND_HARD + 0.03), score(EASY_AND_HARD), True),
        (score(EASY_AND_HARD), score(EASY_AND_HARD + 0.03), False),
        (score(EASY_AND_HARD), score(EASY_AND_HARD), False),
        # As much better, but by luck with a single image.
        (score([*EASY_AND_HARD[:-1], 3.0]), score(EASY_AND_HARD), False),
        # As right, and less sure where it is wrong.
        (score(EASY_AND_HARD, [-1.0] * 64), score(EASY_AND_HARD, [-2.0] * 64), False),
        (score(EASY_AND_HARD + 0.01, [-1.0] * 64), score(EASY_AND_HARD, [-2.0] * 64), True),
        (score(EASY_AND_HARD), FAILED, True),
        (FAILED, score(EASY_AND_HARD), False),
    ],
)
def test_what_chance_explains(first, second, clear):
    assert first.is_clearly_above(second) is clear


def test_the_nearest_are_tried_on_more_images(job, monkeypatch, capsys):
    """Three images decide nothing; the choice and its reason come from all of them."""
    monkeypatch.setattr("calibrate.commands.new.propose._TRIED_IMAGES", 3)
    assert new(job.parent, job.parent / "model.xml", job.parent / "data") == 0
    assert {"type": "rgb_to_bgr"} in written(job.parent)["preprocessing"]
    assert "tried on 30 images" in " ".join((job.parent / "new.yaml").read_text().split())
    capsys.readouterr()


def test_the_schema_for_editors_stands_beside(job, capsys):
    assert new(job.parent, job.parent / "model.xml", job.parent / "data") == 0
    first = (job.parent / "new.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=calibrate.schema.json"
    assert json.loads((job.parent / "calibrate.schema.json").read_text())["properties"]["model"]
    capsys.readouterr()


def test_text_needs_a_tokenizer(job, capsys):
    folder = job.parent
    (folder / "t.csv").write_text("text,label\na good film,1\na bad film,0\n")
    assert new(folder, folder / "model.xml", folder / "t.csv") == 1
    message = " ".join(capsys.readouterr().err.split())
    assert (
        f"{folder}/t.csv: the column 'text' is text, which needs the model's tokenizer.json, "
        in (message)
    )
    assert f"there is none in {folder}" in message
    assert not (folder / "new.yaml").exists()


def test_volumes_without_a_window_are_said_to_be(job, capsys):
    """Values of the files, which the model does not take; no file says what window it needs."""
    nibabel = pytest.importorskip("nibabel")
    folder = job.parent / "volumes"
    for part in ("imagesTs", "labelsTs"):
        (folder / part).mkdir(parents=True)
    for name in ("a", "b"):
        values = np.linspace(-1000, 1000, 512, dtype=np.float32).reshape(8, 8, 8)
        nibabel.save(
            nibabel.Nifti1Image(values, np.eye(4)), folder / f"imagesTs/{name}_0000.nii.gz"
        )
        labels = (values > 900).astype(np.uint8)
        nibabel.save(nibabel.Nifti1Image(labels, np.eye(4)), folder / f"labelsTs/{name}.nii.gz")
    source = ops.parameter([1, 1, 8, 8, 8], np.float32, name="volume")
    scores = ops.concat([source, ops.multiply(source, np.float32(-1))], 1)
    write_model(ov.Model([ops.result(scores)], [source], "net"), job.parent / "volume.xml")
    assert new(job.parent, job.parent / "volume.xml", folder) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert "without a step `window` or `normalization`" in message
    assert "adapter: {type: volumes, images_dir: volumes/imagesTs, " in message
    assert not (job.parent / "new.yaml").exists()


def test_names_in_any_script_are_readable_and_read_again():
    names = ["größe 1", "квадрат", "a\x7f\x85\u2028b", 'say "x"\\', "😀 1", "${A}", "a\tb"]
    lines = [flow_yaml(name, Path()) for name in names]
    assert lines[:2] == ['"größe 1"', '"квадрат"']
    expected = [*names[:5], "$${A}", *names[6:]]
    assert yaml.safe_load("\n".join(f"- {line}" for line in lines)) == expected


def test_a_proposal_that_does_not_pass_its_check_is_not_written(job, capsys):
    """Arrays of another shape than the model takes: nothing that `new` could mend."""
    np.savez(job.parent / "d.npz", x=np.zeros((4, 5), np.float32), y=np.arange(4) % 2)
    assert new(job.parent, job.parent / "model.xml", job.parent / "d.npz") == 1
    output = " ".join(capsys.readouterr().err.split())
    assert "new.yaml: the proposed config does not pass `calibrate check`; nothing is" in output
    assert "draft" not in output
    assert not list(job.parent.glob("*new*.yaml"))


@pytest.mark.parametrize(
    ("background", "decoder"),
    [
        ([], {"type": "classification"}),
        ([-9.0], {"type": "classification", "background_offset": 1}),
    ],
)
def test_classes_of_arrays_behind_a_background_class(tmp_path, background, decoder, capsys):
    source = ops.parameter([-1, 3], np.float32, name="x")
    weights = np.eye(3, dtype=np.float32)
    scores = ops.matmul(source, ops.constant(weights), False, False)
    if background:
        scores = ops.pad(scores, [0, 1], [0, 0], "constant", np.float32(background[0]))
    write_model(ov.Model([ops.result(scores)], [source], "net"), tmp_path / "model.xml")
    labels = np.arange(30) % 3
    np.savez(tmp_path / "d.npz", x=5 * weights[labels], y=labels)
    assert new(tmp_path, tmp_path / "model.xml", tmp_path / "d.npz") == 0
    assert written(tmp_path)["decoder"] == decoder
    capsys.readouterr()


@pytest.mark.zoo
@pytest.mark.parametrize(
    ("model", "data", "steps"),
    [
        ("cifar10_resnet20", "cifar10_dev", [{"type": "normalization", "preset": "imagenet"}]),
        ("mnist_cnn", "mnist_dev", [{"type": "grayscale"}]),
    ],
)
def test_real_models(zoo, tmp_path, model, data, steps, capsys):
    assert new(tmp_path, zoo / "models" / model / "model.onnx", zoo / "data" / data) == 0
    assert written(tmp_path)["preprocessing"] == steps
    assert written(tmp_path)["output"]["dir"] == f"out/{model}"
    assert run(["check", str(tmp_path / "new.yaml")]) == 0
    assert "accuracy@1" in capsys.readouterr().out
