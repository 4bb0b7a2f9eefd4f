"""A folder a class."""

from pathlib import Path

import pytest
from PIL import Image

from calibrate.datasets.adapters.image_folder import ImageFolder, parse_names
from calibrate.datasets.formats.findings import Findings
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter


@pytest.fixture
def folder(tmp_path):
    for name in ["dog/2.png", "dog/more/1.PNG", "cat/b 1.png", "cat/._junk.png", "empty/x.txt"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            Image.new("RGB", (3, 2)).save(file, "PNG")
    return tmp_path


def test_classes_are_the_sorted_folders(folder):
    adapter = ImageFolder(data_source=folder)
    items = check_adapter(adapter)
    assert [(item.id, item.stratum) for item in items] == [
        ("cat/b 1.png", 0),
        ("dog/2.png", 1),
        ("dog/more/1.PNG", 1),
    ]
    assert adapter.label_names() == ["cat", "dog", "empty"]


def test_label_map(folder):
    adapter = ImageFolder(data_source=folder, label_map={"dog": 0, "cat": 2})
    assert [item.stratum for item in check_adapter(adapter)] == [2, 0, 0]
    assert adapter.label_names() == ("dog", "1", "cat")


def test_labels_file(folder, tmp_path_factory):
    labels = tmp_path_factory.mktemp("labels") / "labels.txt"
    labels.write_text("bird\ndog\ncat\n")
    adapter = ImageFolder(data_source=folder, labels=labels)
    assert [item.stratum for item in check_adapter(adapter)] == [2, 1, 1]
    assert adapter.label_names() == ("bird", "dog", "cat")


@pytest.mark.parametrize(
    ("names", "problems"),
    [
        ([], ["data: no image is in this folder"]),
        (["a.png"], ["data: the image 'a.png' is in no class folder"]),
        (
            ["a.png", "bird/1.png", "bird/2.png"],
            [
                "data: the image 'a.png' is in no class folder",
                "data: the folder 'bird' is none of the 1 classes",
            ],
        ),
    ],
)
def test_problems(names, problems):
    findings = Findings("data")
    parse_names(names, Path("data"), {"cat": 0}, findings)
    with pytest.raises(CalibrateError) as caught:
        findings.raise_any()
    lines = str(caught.value).split("\n")
    assert [line.split(";")[0] for line in lines] == problems


def test_map_beyond_the_names(folder, tmp_path_factory):
    labels = tmp_path_factory.mktemp("labels") / "labels.txt"
    labels.write_text("bird\n")
    adapter = ImageFolder(data_source=folder, labels=labels, label_map={"cat": 0, "dog": 1})
    with pytest.raises(CalibrateError, match="gives 'dog' the id 1, out of range"):
        adapter.items()


def test_linked_class_folder(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    Image.new("RGB", (2, 2)).save(other / "1.png")
    (folder / "empty" / "x.txt").unlink()
    (folder / "linked").symlink_to(other)
    strict = ImageFolder(data_source=folder)
    item = strict.items()[-1]
    assert item.id == "linked/1.png"
    with pytest.raises(CalibrateError, match="leads out of the data source"):
        strict.read(item)
    check_adapter(ImageFolder(data_source=folder, allow_outside=True))


def test_missing_folder(tmp_path):
    with pytest.raises(CalibrateError, match="the folder cannot be read"):
        ImageFolder(data_source=tmp_path / "nothing").items()
