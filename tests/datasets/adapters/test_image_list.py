"""Lists of files and classes, in every form people have them."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from calibrate.core.annotation import ClassLabel
from calibrate.datasets.adapters.image_list import ImageList, parse_rows, separator_of
from calibrate.datasets.formats.findings import Findings
from calibrate.errors import CalibrateError, Problems
from calibrate.testing.adapters import check_adapter


def listed(tmp_path, data, name="val.txt", **parameters):
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    adapter = ImageList(annotation=tmp_path / name, **parameters)
    return [(item.id, item.stratum) for item in adapter.items()]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("a.jpg 3", "val.txt", "space"),
        ("\n\na b.jpg   3", "val.txt", "space"),
        ("a,b.jpg 3", "val.txt", "space"),
        ("a b.jpg\t3", "val.txt", "tab"),
        ("a b.jpg,3", "val.txt", "comma"),
        ("a b.jpg, 3", "val.txt", "comma"),
        ("a b.jpg 3", "val.csv", "comma"),
        ("a b.jpg;3", "val.csv", "semicolon"),
        ("a;b.jpg,3", "val.csv", "comma"),
        ("a b.jpg; 3", "val.txt", "semicolon"),
        ("", "val.txt", "space"),
    ],
)
def test_separator(text, name, expected):
    assert separator_of(text, comma=name.endswith(".csv")) == expected


@pytest.mark.parametrize(
    ("data", "name", "parameters", "expected"),
    [
        ("a.jpg 3\nb.jpg 0\n", "val.txt", {}, [("a.jpg", 3), ("b.jpg", 0)]),
        ("a.jpg 3\r\n\r\nb.jpg 0", "val.txt", {}, [("a.jpg", 3), ("b.jpg", 0)]),
        ("\ufeffa.jpg 3", "val.txt", {}, [("a.jpg", 3)]),
        ('my cat\'s "x".jpg 3', "val.txt", {}, [('my cat\'s "x".jpg', 3)]),
        ("a.jpg    3  ", "val.txt", {}, [("a.jpg", 3)]),
        ("./sub//a.jpg 3", "val.txt", {}, [("./sub//a.jpg", 3)]),
        ("my cat.jpg\t3", "val.txt", {}, [("my cat.jpg", 3)]),
        ("my cat.jpg,3", "val.txt", {}, [("my cat.jpg", 3)]),
        ('"a, b.jpg",3\n"say ""x"".jpg",4\n', "val.csv", {}, [("a, b.jpg", 3), ('say "x".jpg', 4)]),
        ('file;label\n"a; b, c.jpg";3\n', "val.csv", {}, [("a; b, c.jpg", 3)]),
        ('"new\nline.jpg",3', "val.csv", {}, [("new\\nline.jpg", 3)]),
        ("file,label\na.jpg,3", "val.csv", {}, [("a.jpg", 3)]),
        ("filename Class\na.jpg 3", "val.txt", {}, [("a.jpg", 3)]),
        ("whatever,id\na.jpg,3", "val.csv", {"header": True}, [("a.jpg", 3)]),
        ("a.jpg 1\nb.jpg 2", "val.txt", {"label_offset": 1}, [("a.jpg", 0), ("b.jpg", 1)]),
        ("a.jpg cat", "val.txt", {"label_map": {"cat": 7}}, [("a.jpg", 7)]),
        ("a.jpg label", "val.txt", {"label_map": {"label": 7}}, [("a.jpg", 7)]),
        ("a.jpg 281", "val.txt", {"label_map": {"281": 0}}, [("a.jpg", 0)]),
        (b"\xff\xe9.jpg 3", "val.txt", {}, [("\\xff\\xe9.jpg", 3)]),
    ],
)
def test_lists(tmp_path, data, name, parameters, expected):
    assert listed(tmp_path, data, name, **parameters) == expected


def test_label_names(tmp_path):
    (tmp_path / "labels.txt").write_text("n02123045 tabby cat\nn02085620 dog\n")
    labels = {"labels": tmp_path / "labels.txt"}
    rows = "a.jpg n02085620\nb.jpg 0"
    assert listed(tmp_path, rows, **labels) == [("a.jpg", 1), ("b.jpg", 0)]
    adapter = ImageList(annotation=tmp_path / "val.txt", **labels)
    assert adapter.label_names() == ("tabby cat", "dog")


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        ("", "val.txt", "val.txt: the list names no file"),
        ("file,label\n", "val.csv", "val.csv: the list names no file"),
        ("a.jpg", "val.txt", "val.txt:1: this is not a file and a label with a space between"),
        ("a.jpg 1\nb.jpg", "val.txt", "val.txt:2: this is not a file and a label"),
        ("a.jpg,1,2", "val.csv", "val.csv:1: this is not a file and a label with a comma"),
        ('"a.jpg,1', "val.csv", "val.csv:1: the quoting is broken"),
        ("a.jpg 1\nb.jpg cat", "val.txt", "val.txt:2: the label 'cat' is not a number"),
        ("a.jpg 1.0", "val.txt", "val.txt:1: the label '1.0' is not a number"),
        ("a.jpg -1", "val.txt", "val.txt:1: label -1 is below 0"),
        ("a.jpg 1\nb.jpg 2\n./a.jpg 1", "val.txt", "val.txt:3: './a.jpg' is on line 1 too"),
        ("../../etc/x.jpg 1", "val.txt", "val.txt:1: '../../etc/x.jpg' leads out of the data so"),
        ("/etc/passwd 1", "val.txt", "val.txt:1: '/etc/passwd' leads out"),
        (b"\x89PNG\x00", "val.txt", "val.txt: the file is binary"),
    ],
)
def test_problems_have_their_place(tmp_path, data, name, message):
    with pytest.raises(CalibrateError) as caught:
        listed(tmp_path, data, name)
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)


def test_labels_beyond_the_names(tmp_path):
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    rows = "\n".join(f"{i}.jpg {i}" for i in range(30))
    with pytest.raises(Problems) as caught:
        listed(tmp_path, rows, labels=tmp_path / "labels.txt")
    lines = str(caught.value).split("\n")
    assert lines[0].startswith(f"{tmp_path}/val.txt:3: label 2 is out of range: there are 2 label")
    assert len(lines) == 21
    assert lines[-1] == "28 problems in all, of which the first 20 are listed"


def test_outside_if_allowed(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    Image.new("RGB", (2, 2)).save(tmp_path / "x.png")
    (data / "link.png").symlink_to(tmp_path / "x.png")
    (data / "val.txt").write_text("../x.png 1\n")
    allowed = ImageList(annotation=data / "val.txt", allow_outside=True)
    check_adapter(allowed)
    (data / "val.txt").write_text("link.png 1\n")
    strict = ImageList(annotation=data / "val.txt")
    with pytest.raises(CalibrateError, match="the link leads out of the data source"):
        strict.read(strict.items()[0])
    check_adapter(allowed)


def test_contract_with_difficult_names(tmp_path):
    names = [b"plain.png", b"with space.png", b'quo"te.png', b"\xff\xfe.png", "日本.png".encode()]
    folder = tmp_path / "images"
    folder.mkdir()
    for shade, name in enumerate(names):
        image = Image.new("RGB", (3, 2), (shade, 0, 0))
        with (folder / os.fsdecode(name)).open("wb") as file:
            image.save(file, "PNG")
    rows = b"".join(name + b" %d\n" % i for i, name in enumerate(names))
    (tmp_path / "val.txt").write_bytes(rows)
    adapter = ImageList(annotation=tmp_path / "val.txt", data_source=folder)
    items = check_adapter(adapter)
    for shade, item in enumerate(items):
        sample = adapter.read(item)
        assert sample.image[0, 0].tolist() == [shade, 0, 0]
        assert sample.annotation == ClassLabel(shade)


def test_missing_image_is_named(tmp_path):
    (tmp_path / "val.txt").write_text("a.jpg 1")
    adapter = ImageList(annotation=tmp_path / "val.txt")
    with pytest.raises(CalibrateError, match="no such file") as caught:
        adapter.read(adapter.items()[0])
    assert caught.value.where == str(tmp_path / "a.jpg")


def test_long_list(tmp_path):
    rows = "".join(f"val/ILSVRC2012_val_{i:08}.JPEG {i % 1000}\n" for i in range(100_000))
    result = listed(tmp_path, rows)
    assert len(result) == 100_000
    assert result[-1] == ("val/ILSVRC2012_val_00099999.JPEG", 999)


@given(st.text(), st.sampled_from(["space", "tab", "comma", "semicolon"]))
def test_any_text_gives_rows_or_findings(text, separator):
    findings = Findings("x")
    for row in parse_rows(text, separator, findings):
        assert row.file
        assert row.label


@given(st.binary() | st.text(alphabet=' \t,"\n\r./a1\x00é').map(str.encode))
def test_any_bytes_give_items_or_our_error(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "fuzzed"
    folder.mkdir(exist_ok=True)
    for name in ("val.txt", "val.csv"):
        try:
            result = listed(folder, data, name)
        except CalibrateError:
            continue
        assert result


@pytest.mark.zoo
@pytest.mark.parametrize(
    ("name", "size", "label_0"),
    [("imagenet_dev", None, 439), ("cifar10_dev", (32, 32), 3), ("mnist_dev", (28, 28), 7)],
)
def test_zoo(zoo, name, size, label_0):
    folder = zoo / "data" / name
    labels = folder / "labels.txt"
    adapter = ImageList(annotation=folder / "val.txt", labels=labels if labels.exists() else None)
    items = check_adapter(adapter)
    lines = (folder / "val.txt").read_text().splitlines()
    assert [f"{item.id} {item.annotation.label}" for item in items] == lines
    assert len(items) == 500
    assert items[0].annotation == ClassLabel(label_0)
    shapes = {adapter.read(item).image.shape for item in items[::25]}
    assert all(shape[:2] == size if size else min(shape) == 3 for shape in shapes)


@pytest.mark.zoo
def test_zoo_pixels_are_pillows(zoo):
    adapter = ImageList(annotation=zoo / "data" / "cifar10_dev" / "val.txt")
    for item in adapter.items():
        with Image.open(item.source) as image:
            expected = np.asarray(image.convert("RGB"))
        np.testing.assert_array_equal(adapter.read(item).image, expected)


@pytest.mark.zoo
def test_zoo_names(zoo):
    folder = zoo / "data" / "imagenet_dev"
    adapter = ImageList(annotation=folder / "val.txt", labels=folder / "labels.txt")
    names = adapter.label_names()
    assert len(names) == 1000
    assert [names[0], names[2]] == ["tench", "great white shark"]
    assert Path(adapter.items()[0].id).name == "n02817516_bearskin.JPEG"
    assert names[439].startswith("bearskin")


def test_folders_of_the_list_may_be_left_out(tmp_path):
    text = "val/n01/a.jpg 3\nb.jpg 4\n"
    assert listed(tmp_path, text, names_only=True) == [("a.jpg", 3), ("b.jpg", 4)]
    assert listed(tmp_path, text) == [("val/n01/a.jpg", 3), ("b.jpg", 4)]
