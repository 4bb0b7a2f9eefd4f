"""Frequent mistakes of users: each error names file, line, excerpt and what to do."""

import shutil
from pathlib import Path

import pytest

from calibrate.cli.main import run
from tests.cli.test_bad_input import COUNT, config, whole  # noqa: F401  # a fixture

HEAD = """\
model: {path: model.xml}
dataset:
  adapter:
    type: image_list
    data_source: images
    annotation: labels.txt
"""


@pytest.fixture
def folder(whole, tmp_path, monkeypatch) -> Path:  # noqa: F811
    """A job in which nothing is wrong, in the current folder."""
    job = Path(shutil.copytree(whole, tmp_path / "job"))
    config(
        job,
        "dataset:\n  adapter: {type: image_list, data_source: images, annotation: labels.txt}\n",
        HEAD.partition("\n")[2],
    )
    config(job, "\nmodel: {path: model.xml}\n", HEAD.partition("\n")[0] + "\n")
    monkeypatch.chdir(job)
    return job


def swap(old: str, new: str):
    return lambda folder: config(folder, old, new)


def shorter_names(folder: Path) -> None:
    (folder / "names.txt").write_text("cat\n")
    config(folder, "labels.txt\n", "labels.txt\n    labels: names.txt\n")


def missing_images(folder: Path) -> None:
    with (folder / "labels.txt").open("a") as file:
        file.writelines(f"gone{number}.png 1\n" for number in range(3))


def words_for_numbers(folder: Path) -> None:
    path = folder / "labels.txt"
    path.write_text(path.read_text().replace("3.png 1", "3.png one"))


MISTAKES = {
    "indentation": (
        swap("    type: image_list", "   type: image_list"),
        [
            (
                "Error: run.yaml:5: this is not valid YAML: mapping values are not allowed here; a "
                "': ' inside a value needs quotes, or the line above is indented wrongly"
            ),
            "  5 |     data_source: images",
            "    |     ^^^^^^^^^^^^^^^^^^^",
        ],
    ),
    "a line indented too far": (
        swap("  adapter:", "   adapter:\n  name: cats\n#"),
        [
            (
                "Error: run.yaml:4: this is not valid YAML: expected <block end>, but found "
                "'<block mapping start>'; the line is indented more or less than the others of "
                "its mapping"
            ),
            "  4 |   name: cats",
            "    |   ^^^^^^^^^^",
        ],
    ),
    "a tab": (
        swap("  adapter:", "\tadapter:"),
        [
            (
                "Error: run.yaml:3: this is not valid YAML: found character '\\t' that cannot start "  # noqa: E501
                "any token; indent with spaces, not tabs"
            ),
            "  3 |  adapter:",
            "    |  ^^^^^^^^",
        ],
    ),
    "an unknown key": (
        swap("metrics:", "budget: {max_drp: 0.01}\nmetrics:"),
        [
            "Error: run.yaml:10 budget.max_drp: unknown key; did you mean 'max_drop'?",
            "  10 | budget: {max_drp: 0.01}",
            "     |          ^^^^^^^",
        ],
    ),
    "a misspelt name": (
        swap("accuracy", "acuracy"),
        [
            "Error: run.yaml:10 metrics[0].type: unknown 'acuracy'; did you mean 'accuracy'?",
            "  10 | metrics: [{type: acuracy}]",
            "     |            ^^^^",
        ],
    ),
    "a percentage": (
        swap("metrics:", "budget: {max_drop: 1%}\nmetrics:"),
        [
            "Error: run.yaml:10 budget.max_drop: expected a number, got '1%'",
            "  10 | budget: {max_drop: 1%}",
            "     |          ^^^^^^^^",
        ],
    ),
    "a model that is not there": (
        swap("model.xml", "modle.xml"),
        [
            (
                "Error: run.yaml:1 model.path: there is no file or folder {folder}/modle.xml; did you "  # noqa: E501
                "mean 'model.xml'?"
            ),
            "  1 | model: {path: modle.xml}",
            "    |         ^^^^",
        ],
    ),
    "a wrong layout": (
        swap("model.xml}", "model.xml, inputs: {image: {layout: NHWC}}}"),
        [
            (
                "Error: run.yaml:1 model.inputs.image.layout: with layout NHWC the input takes "
                "[3, 8, 8], and preprocessing gives [8, 8, 3]; `layout: NCHW` fits"
            ),
            "  1 | model: {path: model.xml, inputs: {image: {layout: NHWC}}}",
            "    |                                           ^^^^^^",
        ],
    ),
    "fewer label names than labels": (
        shorter_names,
        [
            (
                "Error: {folder}/labels.txt:2: label 1 is out of range: there is 1 label name; "
                "complete the label names, or set label_offset: 1 if the list counts from 1"
            ),
            "  2 | 1.png 1",
            "    | ^^^^^^^",
            (
                f"  and {COUNT // 2 - 1} more like it: {{folder}}/labels.txt:4, "
                "{folder}/labels.txt:6, {folder}/labels.txt:8, ..."
            ),
        ],
    ),
    "a wrong path in a list": (
        missing_images,
        [
            "Error: {folder}/labels.txt:25: there is no such file in {folder}/images",
            "  25 | gone0.png 1",
            "     | ^^^^^^^^^^^",
            "  and 2 more like it: {folder}/labels.txt:26, {folder}/labels.txt:27",
            (
                "Error: run.yaml:2 dataset: 3 of 27 samples cannot be read; mend them, or set "
                "dataset.bad_samples: skip"
            ),
            "  2 | dataset:",
            "    | ^^^^^^^",
        ],
    ),
    "words in place of class numbers": (
        words_for_numbers,
        [
            (
                "Error: {folder}/labels.txt:4: the label 'one' is not a number; name a labels file or "  # noqa: E501
                "a label_map"
            ),
            "  4 | 3.png one",
            "    | ^^^^^^^^^",
            "  and 2 more like it: {folder}/labels.txt:14, {folder}/labels.txt:24",
        ],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_config_or_its_data(folder, capsys, mistake):
    make, expected = MISTAKES[mistake]
    make(folder)
    assert run(["check", "run.yaml"]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if " problems." not in line]
    assert lines[-len(expected) :] == [line.replace("{folder}", str(folder)) for line in expected]
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["run", "model.xml"],
            (
                "Error: model.xml: this is a model, not a config; `calibrate new model.xml DATA -o "
                "config.yaml` writes a config for it"
            ),
        ),
        (
            ["check", "images"],
            (
                "Error: images: this is a folder, not a config; name the YAML file; `calibrate new "
                "MODEL DATA -o config.yaml` writes one"
            ),
        ),
        (
            ["new", "labels.txt", "model.xml"],
            (
                "Error: labels.txt: this is no model file, and the data is one; the model comes "
                "first: calibrate new model.xml labels.txt"
            ),
        ),
        (
            ["benchmark", "run.yaml"],
            (
                "Error: run.yaml: this is a config, not a model; `calibrate run run.yaml` calibrates "  # noqa: E501
                "the model that it names"
            ),
        ),
    ],
)
def test_one_file_in_place_of_another(folder, capsys, words, message):
    assert run(words) == 1
    assert capsys.readouterr().err.splitlines()[-1] == message
