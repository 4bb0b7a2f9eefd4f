from pathlib import Path

import pytest

from calibrate.datasets.formats.label_lists import read_label_names
from calibrate.datasets.formats.ultralytics_yaml import labels_folder, read_data_yaml
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("data/images/val", "data/labels/val"),
        ("images/a/images", "images/a/labels"),
        ("photos", "photos"),
    ],
)
def test_labels_beside_images(images, labels):
    assert labels_folder(Path(images)) == Path(labels)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "not a YAML mapping"),
        ("names: [a", "not YAML"),
        ("val: images", "there is no `names`"),
        ("names: {1: a, 2: b}", "the keys of `names` are not 0 to 1"),
        ("names: [a, b]\nnc: 3", "`nc` is 3, and `names` holds 2"),
        ("names:\n  0: a\n  0: b", "'0' is given twice, first on line 2"),
    ],
)
def test_mistakes(tmp_path, text, message):
    path = tmp_path / "data.yaml"
    path.write_text(text)
    with pytest.raises(CalibrateError, match=message):
        read_data_yaml(path)


@pytest.mark.parametrize("names", ["[no, on, 007, ~]", "{0: no, 1: on, 2: 007, 3: ~}"])
def test_names_are_the_texts_that_stand_there(tmp_path, names):
    path = tmp_path / "data.yaml"
    path.write_text(f"names: {names}\nnc: 4\nval:\n")
    assert read_data_yaml(path).names == ("no", "on", "007", "~")


@pytest.mark.parametrize(
    ("name", "text"),
    [("labels.txt", "path: .\nnames: [a, b]\n"), ("map.pbtxt", "item { id: 1 name: 'a' }")],
)
def test_a_file_of_another_kind_is_no_list_of_names(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(CalibrateError, match="not a list of class names"):
        read_label_names(path)


def test_lists_of_files(tmp_path):
    (tmp_path / "val.txt").write_text("a.jpg")
    path = tmp_path / "data.yaml"
    path.write_text("names: [a]\nval: val.txt")
    described = read_data_yaml(path)
    assert described.folders["val"] == ()
    assert described.lists["val"] == (tmp_path / "val.txt",)
