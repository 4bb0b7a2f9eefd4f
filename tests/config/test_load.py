# ruff: noqa: E501  # messages stand whole, as a user reads them
import os
from pathlib import Path

import pytest

from calibrate.config.load import load_config, load_dataset
from calibrate.errors import CalibrateError, PluginError, Problems


def problems(*overrides: str, **settings: bool) -> list[str]:
    with pytest.raises(CalibrateError) as caught:
        load_config(Path("run.yaml"), overrides=overrides, **settings)
    return str(caught.value).splitlines()


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_resolves_everything(folder):
    resolved = load_config(Path("run.yaml"), overrides=["metrics[0].max_drop=0.02"])
    assert resolved.config.model.path == folder / "model.onnx"
    assert resolved.config.output.dir == folder / "out"
    assert resolved.adapter.sources() == [folder / "images"]
    assert [type(step).__name__ for step in resolved.steps] == ["Scale"]
    assert type(resolved.decoder).__name__ == "Decoder"
    (judged,) = resolved.metrics
    assert (judged.metric.label, judged.max_drop, judged.drop_type) == (
        "accuracy@1",
        0.02,
        "absolute",
    )
    assert resolved.path == Path("run.yaml")


def test_the_common_budget_fills_in(folder):
    resolved = load_config(
        Path("run.yaml"),
        overrides=[
            "budget={max_drop: 0.03, drop_type: relative}",
            "metrics[1]={type: parts.py:Decibel, max_drop: 2, drop_type: absolute, reference: 30}",
        ],
    )
    assert [(m.max_drop, m.drop_type, m.reference) for m in resolved.metrics] == [
        (0.03, "relative", None),
        (2.0, "absolute", 30.0),
    ]


@pytest.mark.parametrize(
    ("overrides", "messages"),
    [
        (["budget.max_drop=abc"], ["budget.max_drop=abc: expected a number, got 'abc'"]),
        (["budget.max_drop=-1"], ["budget.max_drop=-1: has to be at least 0, got -1"]),
        (["budget.max_drop=.nan"], ["budget.max_drop=.nan: expected a finite number, got nan"]),
        (
            ["budget.drop_type=relativ"],
            ["budget.drop_type=relativ: unknown 'relativ'; did you mean 'relative'?"],
        ),
        (
            ["budget.accept=x"],
            ["budget.accept=x: unknown 'x'; known: confident, estimate"],
        ),
        (
            ["quantization.subset_size=1.5"],
            ["quantization.subset_size=1.5: expected a whole number, got 1.5"],
        ),
        (
            ["quantization.fast_bias_correction=maybe"],
            ["quantization.fast_bias_correction=maybe: expected true or false, got 'maybe'"],
        ),
        (
            ["quantization.saturation_fix=no"],
            ["quantization.saturation_fix=no: unknown key; did you mean 'overflow_fix'?"],
        ),
        (
            ["quantization.ignored_scope.nams=[a]"],
            ["quantization.ignored_scope.nams=[a]: unknown key; did you mean 'names'?"],
        ),
        (
            ["quantization.ignored_scope.names=conv"],
            ["quantization.ignored_scope.names=conv: expected a list, got 'conv'"],
        ),
        (["max_drop=0.1"], ["max_drop=0.1: unknown key; did you mean 'budget.max_drop'?"]),
        (["maximal_drop=1"], ["maximal_drop=1: unknown key; did you mean 'budget.max_drop'?"]),
        (
            ["search="],
            [
                "search=: expected a mapping of keys, got nothing; give it a value or leave the key out"
            ],
        ),
        (["search=fast"], ["search=fast: expected a mapping of keys, got 'fast'"]),
        (["model.name=3"], ["model.name=3: expected text, got 3; put it in quotes"]),
        (["metrics=[]"], ["metrics=[]: needs at least 1 entry, has 0"]),
        (
            ["model.inputs.x.shape=[1, a]"],
            ["model.inputs.x.shape=[1, a]: expected a whole number, got 'a'"],
        ),
        (
            ["preprocessing[0].size=abc"],
            ["preprocessing[0].size=abc: expected a whole number or a list, got 'abc'"],
        ),
        (
            ["preprocessing[0].size=[1, a]"],
            ["preprocessing[0].size=[1, a]: expected a whole number, got 'a'"],
        ),
        (["preprocessing[0].size=[1]"], ["preprocessing[0].size=[1]: an entry is missing"]),
        (
            ["preprocessing[0].filter=biliner"],
            ["preprocessing[0].filter=biliner: unknown 'biliner'; did you mean 'bilinear'?"],
        ),
        (
            ["preprocessing[0].top=1"],
            ["preprocessing[0].top=1: unknown key; known: filter, size, type"],
        ),
        (["metrics[0].max_drp=1"], ["metrics[0].max_drp=1: unknown key; did you mean 'max_drop'?"]),
        (["metrics[0].top_k=many"], ["metrics[0].top_k=many: expected a whole number, got 'many'"]),
        (
            ["metrics[1].top_k=5"],
            [
                "metrics[1].top_k=5: the key is missing; it holds: A built-in name (`calibrate list`), an installed plugin's, or `file.py:Name`"
            ],
        ),
        (
            ["preprocessing[0].type=parts.py:Decoder"],
            [
                (
                    "preprocessing[0].type=parts.py:Decoder: 'parts.py:Decoder' is not a step: "
                    "it has no __call__; calibrate.Step describes each"
                )
            ],
        ),
        (
            ["budget.max_drop=1"],
            [
                (
                    "budget.max_drop=1: a drop of 1 allows everything: accuracy@1 is a fraction of 1; "
                    "half a percentage point is 0.005, and 1 points are 0.01"
                )
            ],
        ),
        (
            ["metrics[0].max_drop=5"],
            [
                (
                    "metrics[0].max_drop=5: a drop of 5 allows everything: accuracy@1 is a fraction of "
                    "1; half a percentage point is 0.005, and 5 points are 0.05"
                )
            ],
        ),
        (
            ["budget={max_drop: 1, drop_type: relative}"],
            [
                (
                    "budget={max_drop: 1, drop_type: relative}: a relative drop of 1 allows "
                    "everything: it is a share of the FP32 value; 1 % of the FP32 value is 0.01"
                )
            ],
        ),
        (
            ["metrics[1]={type: parts.py:Accuracy}"],
            [
                (
                    "metrics[1]={type: parts.py:Accuracy}: 'accuracy@1' is there twice, "
                    "first as metrics[0]; leave one out, or let their parameters differ"
                )
            ],
        ),
        (
            ["nothing"],
            [
                "nothing: there is no '='; write --set key.path=value, for instance budget.max_drop=0.01"
            ],
        ),
    ],
)
def test_overrides_are_named(folder, overrides, messages):
    assert problems(*overrides) == [f"--set {message}" for message in messages]


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        (
            "model.onnx",
            "modell.onnx",
            [
                "run.yaml:2 model.path: there is no file or folder {folder}/modell.onnx; did you mean 'model.onnx'?"
            ],
        ),
        (
            "path: model.onnx",
            "path: model.xml",
            [
                (
                    "run.yaml:2 model.path: the weights {folder}/model.bin are not there; "
                    "an OpenVINO IR is two files of one stem, .xml and .bin, in one folder"
                )
            ],
        ),
        (
            "path: model.onnx",
            "pth: model.onnx",
            ["run.yaml:2 model.pth: unknown key; did you mean 'path'?"],
        ),
        (
            "images",
            "nowhere",
            [
                "run.yaml:6 dataset.adapter.data_source: there is no file or folder {folder}/nowhere; how to obtain it: ask"
            ],
        ),
        (
            "decoder:\n  type: parts.py:Decoder\n",
            "",
            [
                "run.yaml:1 decoder: the key is missing; it holds: The decoder, which turns the model's outputs into predictions"
            ],
        ),
        (
            "parts.py:Decoder",
            "classificaton",
            ["run.yaml:11 decoder.type: unknown 'classificaton'; did you mean 'classification'?"],
        ),
        (
            "parts.py:Decoder",
            "nothere.py:Decoder",
            [
                (
                    "run.yaml:11 decoder.type: there is no file {folder}/nothere.py; "
                    "the path is relative to the YAML"
                )
            ],
        ),
        (
            "parts.py:Decoder",
            "parts.py:Nobody",
            [
                (
                    "run.yaml:11 decoder.type: 'parts.py:Nobody' is not a class derived from "
                    "calibrate.Component; see 'Bring your own' in the README"
                )
            ],
        ),
        (
            "decoder:\n  type: parts.py:Decoder",
            "decoder: parts.py:Decoder",
            ["run.yaml:10 decoder: expected a mapping of keys, got 'parts.py:Decoder'"],
        ),
        (
            "dir: out",
            "dir: model.onnx",
            [
                "run.yaml:15 output.dir: {folder}/model.onnx is a file, not a folder; name another folder"
            ],
        ),
        (
            "dir: out",
            "dir: model.onnx/a/b",
            [
                (
                    "run.yaml:15 output.dir: {folder}/model.onnx/a/b lies below {folder}/model.onnx, "
                    "which is a file, not a folder; name another folder"
                )
            ],
        ),
        (
            "dir: out",
            "dir: ${NOT_THERE}",
            [
                (
                    "run.yaml:15 output.dir: the environment variable NOT_THERE is not set; "
                    "set it, or write ${NOT_THERE:-default}"
                )
            ],
        ),
        (
            "size: 8",
            "size: ${NOT_THERE}",
            [
                (
                    "run.yaml:9 preprocessing[0].size: the environment variable NOT_THERE is not set; "
                    "set it, or write ${NOT_THERE:-default}"
                )
            ],
        ),
        (
            "size: 8",
            "size: 8\n    size: 9",
            ["run.yaml:10 preprocessing[0].size: the key is given twice, first on line 9"],
        ),
    ],
)
def test_each_problem_has_its_line(folder, old, new, messages):
    if "nowhere" in new:
        rewrite(Path("run.yaml"), "dataset:\n", "dataset:\n  obtain: ask\n")
        messages = [message.replace(":6", ":7") for message in messages]
    if "model.xml" in new:
        Path("model.xml").write_text("<net/>")
    rewrite(Path("run.yaml"), old, new)
    assert problems() == [message.replace("{folder}", str(folder)) for message in messages]


def test_all_problems_of_both_phases_come_together_in_order(folder):
    Path("run.yaml").write_text(
        """\
model:
  path: absent.onnx
  nmae: x
dataset:
  adapter: {type: parts.py:Folder, data_source: absent, cuont: 1}
preprocessing:
  - type: parts.py:Scale
    size: wide
metrics:
  - type: parts.py:Accuracy
    max_drop: 5
budget:
  max_drop: -1
output: {}
"""
    )
    assert problems() == [
        "run.yaml:1 decoder: the key is missing; it holds: The decoder, which turns the model's outputs into predictions",
        f"run.yaml:2 model.path: there is no file or folder {folder}/absent.onnx",
        "run.yaml:3 model.nmae: unknown key; did you mean 'name'?",
        "run.yaml:5 dataset.adapter.cuont: unknown key; did you mean 'count'?",
        "run.yaml:8 preprocessing[0].size: expected a whole number or a list, got 'wide'",
        "run.yaml:13 budget.max_drop: has to be at least 0, got -1",
        (
            "run.yaml:14 output.dir: the key is missing; "
            "it holds: Folder for the model, the reports and the work folder"
        ),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"- a\n- b\n", "run.yaml: expected a mapping of keys at the top, got a list"),
        (b"text\n", "run.yaml: expected a mapping of keys at the top, got 'text'"),
        (b"", "run.yaml: the file is empty; `calibrate schema` prints what a config holds"),
        (b"# c\n", "run.yaml: the file is empty; `calibrate schema` prints what a config holds"),
        (b"\xff\xfe\x00", "run.yaml: the file is not text in UTF-8; is it the YAML file?"),
        (
            b"#" * (1 << 20) + b"a",
            "run.yaml: larger than 1 MiB, which no config is; is it the YAML file?",
        ),
    ],
)
def test_what_is_no_config(folder, content, message):
    Path("run.yaml").write_bytes(content)
    assert problems() == [message]


def test_a_file_that_is_not_there(folder):
    with pytest.raises(CalibrateError) as caught:
        load_config(Path("rnu.yaml"))
    assert str(caught.value) == "rnu.yaml: there is no such file; did you mean 'run.yaml'?"
    with pytest.raises(CalibrateError) as caught:
        load_config(Path("images"))
    assert str(caught.value) == (
        "images: this is a folder, not a config; name the YAML file; "
        "`calibrate new MODEL DATA -o config.yaml` writes one"
    )


def test_an_output_folder_that_cannot_be_written(folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder)
    assert problems() == [
        (
            f"run.yaml:15 output.dir: the folder {folder} cannot be written to; "
            "name another with output.dir"
        )
    ]


def test_plugins_can_be_refused(folder):
    refused = (
        "would execute a Python file, and plugins are switched off; "
        "leave out --no-plugins if you trust the file"
    )
    assert problems(allow_plugins=False) == [
        f"run.yaml:{line} {key}.type: 'parts.py:{name}' {refused}"
        for line, key, name in [
            (5, "dataset.adapter", "Folder"),
            (8, "preprocessing[0]", "Scale"),
            (11, "decoder", "Decoder"),
            (13, "metrics[0]", "Accuracy"),
        ]
    ]


def test_a_plugin_file_that_fails_keeps_its_cause(folder):
    Path("broken.py").write_text("1 / 0\n")
    with pytest.raises(PluginError) as caught:
        load_config(Path("run.yaml"), overrides=["decoder.type=broken.py:D"])
    assert str(caught.value) == (
        f"--set decoder.type=broken.py:D: {folder}/broken.py: the file fails when it is imported: "
        "ZeroDivisionError: division by zero; run it with python to see the whole traceback"
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_files_are_not_looked_for_where_that_is_not_asked(folder):
    overrides = ["model.path=absent.onnx", "dataset.adapter.data_source=absent"]
    with pytest.raises(Problems):
        load_config(Path("run.yaml"), overrides=overrides)
    resolved = load_config(Path("run.yaml"), overrides=overrides, check_files=False)
    assert resolved.config.model.path == folder / "absent.onnx"


@pytest.fixture
def included(folder):
    """The dataset section in a file of its own, in another folder than the config."""
    (folder / "sets").mkdir()
    (folder / "images").rename(folder / "sets" / "images")
    (folder / "parts.py").rename(folder / "sets" / "own.py")
    text = (folder / "run.yaml").read_text().replace("parts.py", "sets/own.py")
    old = "dataset:\n  adapter:\n    type: sets/own.py:Folder\n    data_source: images\n"
    assert old in text
    (folder / "run.yaml").write_text(text.replace(old, "dataset: ${SETS:-sets}/a.yaml\n"))
    (folder / "sets" / "a.yaml").write_text(
        "name: a\nadapter:\n  type: own.py:Folder\n  data_source: images\n"
    )
    return folder


def test_a_dataset_file_is_read_with_its_own_folder(included):
    resolved = load_config(Path("run.yaml"), overrides=["dataset.subsample_size=7"])
    assert resolved.adapter.sources() == [included / "sets" / "images"]
    assert (resolved.config.dataset.name, resolved.config.dataset.subsample_size) == ("a", 7)
    assert resolved.document["dataset"]["adapter"]["data_source"] == "sets/images"


def test_overrides_below_a_dataset_file_are_relative_to_it(included):
    (included / "sets" / "others").mkdir()
    resolved = load_config(Path("run.yaml"), overrides=["dataset.adapter.data_source=others"])
    assert resolved.adapter.sources() == [included / "sets" / "others"]


def test_an_override_may_name_another_dataset_file(included):
    (included / "sets" / "b.yaml").write_text(
        "name: b\nadapter: {type: own.py:Folder, data_source: images, count: 9}\n"
    )
    resolved = load_config(
        Path("run.yaml"), overrides=["dataset.subsample_size=5", "dataset=sets/b.yaml"]
    )
    assert (resolved.config.dataset.name, resolved.config.dataset.subsample_size) == ("b", 5)


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        (
            "name: a\nadpater: {}\n",
            ["sets/a.yaml:2 dataset.adpater: unknown key; did you mean 'adapter'?"],
        ),
        (
            "adapter:\n  type: own.py:Folder\n  data_source: gone\n",
            [
                (
                    "sets/a.yaml:3 dataset.adapter.data_source: "
                    "there is no file or folder {folder}/sets/gone"
                )
            ],
        ),
        (
            "[1]\n",
            ["run.yaml:3 dataset: sets/a.yaml: expected a mapping of keys at the top, got a list"],
        ),
        (
            "a: [\n",
            [
                (
                    "run.yaml:3 dataset: sets/a.yaml:2: this is not valid YAML: "
                    "expected the node content, but found '<stream end>'"
                )
            ],
        ),
    ],
)
def test_problems_of_a_dataset_file_have_its_lines(included, content, messages):
    (included / "sets" / "a.yaml").write_text(content)
    assert problems() == [message.replace("{folder}", str(included)) for message in messages]


def test_a_dataset_file_that_is_not_there(included, monkeypatch):
    monkeypatch.setenv("SETS", "nowhere")
    assert problems() == ["run.yaml:3 dataset: nowhere/a.yaml: there is no such file"]


def test_a_dataset_file_by_itself(included):
    dataset = load_dataset(Path("sets/a.yaml"))
    assert (dataset.dataset.name, dataset.adapter.sources()) == (
        "a",
        [included / "sets" / "images"],
    )
    rewrite(Path("sets/a.yaml"), "name", "nam")
    with pytest.raises(CalibrateError) as caught:
        load_dataset(Path("sets/a.yaml"))
    assert str(caught.value) == "sets/a.yaml:1 dataset.nam: unknown key; did you mean 'name'?"
