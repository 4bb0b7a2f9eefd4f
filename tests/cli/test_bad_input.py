"""Input tried on purpose: each one clear message, the right exit code, nothing written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import openvino as ov
import pytest
from onnx import TensorProto, helper
from openvino import opset13 as ops
from PIL import Image

from calibrate.cli.main import run

SIDE = 8
CLASSES = 2
COUNT = 24  # twenty are the least that a drop is judged on
CONFIG = """
model: {path: model.xml}
dataset:
  adapter: {type: image_list, data_source: images, annotation: labels.txt}
preprocessing:
  - {type: resize, size: 8}
decoder: {type: classification}
metrics: [{type: accuracy}]
output: {dir: out}
"""


def network() -> ov.Model:
    """[1, 3, 8, 8] to two scores."""
    image = ops.parameter([1, 3, SIDE, SIDE], np.float32, name="image")
    image.output(0).set_names({"image"})
    weights = np.ones((CLASSES, 3, 1, 1), np.float32)
    made = ops.convolution(image, weights, [1, 1], [0, 0], [0, 0], [1, 1])
    scores = ops.reduce_mean(made, np.array([2, 3]), keep_dims=False)
    return ov.Model([scores], [image], "m")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A folder in which nothing is wrong."""
    folder = tmp_path_factory.mktemp("whole")
    ov.save_model(network(), folder / "model.xml", compress_to_fp16=False)
    (folder / "images").mkdir()
    random = np.random.default_rng(0)
    for number in range(COUNT):
        pixels = random.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{number}.png")
    (folder / "labels.txt").write_text("".join(f"{n}.png {n % CLASSES}\n" for n in range(COUNT)))
    (folder / "run.yaml").write_text(CONFIG)
    return folder


@pytest.fixture
def folder(whole, tmp_path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "job"))


def config(folder: Path, old: str, new: str) -> None:
    path = folder / "run.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def empty_model(folder: Path) -> None:
    (folder / "empty.onnx").touch()
    config(folder, "model.xml", "empty.onnx")


def cut_onnx(folder: Path) -> None:
    weights = onnx.numpy_helper.from_array(np.ones((200, 3, 1, 1), np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "w"], ["scores"])],
        "m",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 200, SIDE, SIDE])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    data = model.SerializeToString()
    (folder / "cut.onnx").write_bytes(data[: len(data) // 2])
    config(folder, "model.xml", "cut.onnx")


def no_weights(folder: Path) -> None:
    (folder / "model.bin").unlink()


def garbage_in_a_png(folder: Path) -> None:
    path = folder / "images" / "3.png"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = b"garbage!" * 5
    path.write_bytes(data)


def label_list(text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "labels.txt"
        path.write_text(path.read_text().replace("3.png 1\n", text))

    return change


def too_few(folder: Path) -> None:
    (folder / "labels.txt").write_text("0.png 0\n1.png 1\n2.png 0\n")
    config(folder, "dataset:\n", "dataset:\n  subsample_size: 300\n")


def one_image(folder: Path) -> None:
    (folder / "labels.txt").write_text("0.png 0\n")


def equal_images(folder: Path) -> None:
    for number in range(1, COUNT):
        shutil.copy(folder / "images" / "0.png", folder / "images" / f"{number}.png")


def a_list(folder: Path) -> None:
    (folder / "run.yaml").write_text("- model\n- dataset\n")


def max_drop(folder: Path) -> None:
    config(folder, "output:", "budget: {max_drop: abc}\noutput:")


def file_for_a_folder(folder: Path) -> None:
    (folder / "out").write_text("mine")


def read_only(folder: Path) -> None:
    config(folder, "dir: out", "dir: /proc/calibrate")


def file_above(folder: Path) -> None:
    (folder / "out").write_text("mine")
    config(folder, "dir: out", "dir: out/deeper")


def two_missing(folder: Path) -> None:
    for number in (2, 4):
        (folder / "images" / f"{number}.png").unlink()


def wrong_size(folder: Path) -> None:
    config(folder, "size: 8", "size: 9")


def no_number(folder: Path) -> None:
    config(folder, "preprocessing:", "preprocessing:\n  - {type: normalization, std: 0}")


def all_wrong(folder: Path) -> None:
    """Every label is one that the model never gives: FP32 is right nowhere."""
    text = (folder / "labels.txt").read_text()
    # Both scores are equal, so the answer is always class 0.
    (folder / "labels.txt").write_text(text.replace(" 0\n", " 1\n"))


CASES = [
    (empty_model, ["empty.onnx: the file is empty; export the model again"]),
    (cut_onnx, ["cut.onnx: OpenVINO cannot read it: "]),
    (no_weights, ["run.yaml:2 model.path: the weights ", "model.bin are not there"]),
    (garbage_in_a_png, ["images/3.png: "]),
    (label_list("../../etc/passwd 1\n"), ["labels.txt:4: '../../etc/passwd' leads out of "]),
    (label_list("3.png 7\n"), ["label 7 does not fit the 2 classes"]),
    (label_list("3.png one\n"), ["labels.txt:4", "one"]),
    (too_few, ["run.yaml", "the dataset has 3 samples, 300 are asked for"]),
    (one_image, ["the dataset gives 1 sample; at least two are needed"]),
    (equal_images, ["1 distinct image among 24"]),
    (a_list, ["run.yaml: expected a mapping of keys at the top, got a list"]),
    (max_drop, ["run.yaml:9 budget.max_drop: ", "abc"]),
    (file_for_a_folder, ["out"]),
    (read_only, ["/proc/calibrate"]),
    (file_above, ["out"]),
    (two_missing, ["labels.txt:3: there is no such file", "2 of 24 samples cannot be read"]),
    (wrong_size, ["preprocessing gives [3, 9, 9], the model's input 'image' takes [3, 8, 8]"]),
    (no_number, ["run.yaml:6 preprocessing[0].std"]),
    (all_wrong, ["accuracy@1 of the FP32 model is 0, so no drop can be judged"]),
]


def files(folder: Path) -> dict[Path, int]:
    """What a person would see; the work folder holds measurements, which are kept on purpose."""
    return {
        path: path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and "work" not in path.relative_to(folder).parts
    }


@pytest.mark.parametrize(("spoil", "fragments"), CASES)
def test_one_clear_message_and_nothing_written(spoil, fragments, folder, capfd, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(folder.parent / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parent / "cache"))
    spoil(folder)
    before = files(folder)
    code = run(["run", str(folder / "run.yaml"), "--no-progress"])
    captured = capfd.readouterr()
    errors = [line for line in captured.err.splitlines() if line.startswith("Error: ")]
    assert code == 1, captured.err
    assert errors, captured.err
    assert "Traceback" not in captured.err
    for fragment in fragments:
        assert fragment in " ".join(errors)
    assert captured.out == ""
    after = files(folder)
    assert {path: after[path] for path in before} == before
    # A run that has begun leaves a report of its failure, and nothing else.
    for path in after.keys() - before.keys():
        assert path.parent == folder / "out"
        assert path.name in ("report.json", "report.html")
    report = folder / "out" / "report.json"
    assert not report.exists() or json.loads(report.read_text())["state"] == "failed"
    assert not (folder.parent / "state").exists()  # no crash log: nothing was unexpected


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["run", "a.yaml", "--sett", "a=1"],
        ["run", "a.yaml", "-q", "-v"],
        ["rum", "a.yaml"],
    ],
)
def test_wrong_words_are_usage(words, capsys):
    assert run(words) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("override", "fragment"),
    [
        ("budget.max_drop=abc", "budget.max_drop"),
        ("budget.max_drop", "budget.max_drop"),
        ("budget.max_drob=1", "did you mean"),
    ],
)
def test_wrong_overrides_are_reported_like_wrong_configs(override, fragment, folder, capsys):
    assert run(["run", str(folder / "run.yaml"), "--set", override]) in (1, 2)
    output = capsys.readouterr().err
    assert fragment in output
    assert "Traceback" not in output


def test_no_config(tmp_path, capsys):
    assert run(["run", str(tmp_path / "nothing.yaml")]) == 1
    assert "nothing.yaml" in capsys.readouterr().err
