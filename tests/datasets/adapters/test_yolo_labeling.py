import json

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.datasets.adapters.yolo_labeling import YoloLabeling
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter


def dataset(root, labels, images=("a.jpg", "sub/b.png", "c.jpg")):
    for name in images:
        path = root / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20)).save(path)
    for name, text in labels.items():
        path = root / "labels" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {"images_dir": root / "images", "annotations_dir": root / "labels"}


GOOD = {"a.txt": "1 0.5 0.5 0.5 0.5\n\n0 0 0 0.1 0.2\n1 1 1 .5 1\n", "sub/b.txt": ""}


def test_boxes_become_pixels_of_the_image(tmp_path):
    folders = dataset(tmp_path, {**GOOD, "classes.txt": "cat\ndog\n"})
    adapter = YoloLabeling(**folders, labels_file=tmp_path / "labels/classes.txt")
    items = check_adapter(adapter)
    assert [(item.id, item.stratum) for item in items] == [
        ("a.jpg", 1),
        ("c.jpg", None),
        ("sub/b.png", None),
    ]
    boxes = adapter.read(items[0]).annotation
    assert np.allclose(boxes.boxes, [[10, 5, 30, 15], [-2, -2, 2, 2], [30, 10, 50, 30]])
    assert boxes.labels.tolist() == [1, 0, 1]
    assert boxes.areas.tolist() == [200, 16, 400]
    assert len(adapter.read(items[1]).annotation.labels) == 0
    assert tuple(adapter.label_names()) == ("cat", "dog")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"a.txt": "1 0.5 0.5 0 0.5"}, "labels/a.txt:1: the box has no area"),
        ({"a.txt": "0 0 0 1 1\n2 0.5 0.5 0.5 0.5"}, "labels/a.txt:2: unknown class 2, there are 2"),
    ],
)
def test_unusable_objects(tmp_path, labels, message, caplog):
    folders = dataset(tmp_path, labels)
    with pytest.raises(CalibrateError, match=message):
        YoloLabeling(**folders, classes=("cat", "dog")).items()
    YoloLabeling(**folders, classes=("cat", "dog"), bad_objects="drop").items()
    assert "1 objects left out" in caplog.text


def test_all_problems_come_together(tmp_path):
    labels = {"a.txt": "1\n2", "sub/b.txt": "\0", "none.txt": "", "c.txt": "x 0 0 1 1"}
    with pytest.raises(CalibrateError) as caught:
        YoloLabeling(**dataset(tmp_path, labels)).items()
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert lines[0] == f"{tmp_path}/labels/none.txt: there is no image for this label file"


def test_images_of_one_name(tmp_path):
    folders = dataset(tmp_path, GOOD, ("a.jpg", "a.png", "sub/b.png"))
    with pytest.raises(CalibrateError, match=r"differ in their ending only: a.jpg, a.png"):
        YoloLabeling(**folders).items()


def test_names_come_from_one_place(tmp_path):
    with pytest.raises(ValidationError, match="either labels_file or classes"):
        YoloLabeling(**dataset(tmp_path, GOOD), classes=("a",), labels_file=tmp_path / "x")


def test_repeated_lines_count_once(tmp_path, caplog):
    line = "1 0.5 0.5 0.5 0.5"
    adapter = YoloLabeling(**dataset(tmp_path, {"a.txt": f"{line}\n0 0 0 1 1\n{line}\n"}))
    assert adapter.read(adapter.items()[0]).annotation.labels.tolist() == [1, 0]
    assert "1 repeated lines are left out" in caplog.text


DATA_YAML = "path: .\ntrain: images/train\nval: images/val\nnames: [cat, dog]\n"


@pytest.mark.parametrize(
    ("text", "images"),
    [
        (DATA_YAML, "images/val"),
        ("names: {0: cat, 1: dog}\nnc: 2\nval: ../valid/images\n", "valid/images"),
        ("path: /not/on/this/machine\nval: images/val\nnames: [cat, dog]\n", "images/val"),
    ],
)
def test_ultralytics_description(tmp_path, text, images):
    folder = tmp_path / images
    labels = tmp_path / images.replace("images", "labels")
    for place in (folder, labels):
        place.mkdir(parents=True)
    Image.new("RGB", (40, 20)).save(folder / "a.png")
    (labels / "a.txt").write_text("1.0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text(text)
    adapter = YoloLabeling(data_yaml=tmp_path / "data.yaml")
    (item,) = check_adapter(adapter)
    assert adapter.read(item).annotation.boxes.tolist() == [[10, 5, 30, 15]]
    assert tuple(adapter.label_names()) == ("cat", "dog")
    names = YoloLabeling(
        images_dir=folder, annotations_dir=labels, labels_file=tmp_path / "data.yaml"
    )
    assert tuple(names.label_names()) == ("cat", "dog")


def test_a_split_that_is_not_there(tmp_path):
    (tmp_path / "data.yaml").write_text(DATA_YAML)
    with pytest.raises(CalibrateError, match="`val` names no folder or list of images"):
        YoloLabeling(data_yaml=tmp_path / "data.yaml").items()


def files_of_two_folders(root):
    for name in ("one/images/a.png", "two/images/a.png", "two/images/b.png"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 20)).save(path)
    for part, label in (("one", 0), ("two", 1)):
        (root / part / "labels").mkdir()
        (root / part / "labels/a.txt").write_text(f"{label} 0.5 0.5 0.5 0.5\n")


@pytest.mark.parametrize(
    ("val", "listed", "expected"),
    [
        ("[one/images, two/images]", "", {"one/images/a.png": [0], "two/images/a.png": [1],
                                          "two/images/b.png": []}),
        ("val.txt", "./two/images/a.png\n{root}/one/images/a.png\n",
         {"two/images/a.png": [1], "one/images/a.png": [0]}),
        ("[one/images, val.txt]", "two/images/b.png\n",
         {"one/images/a.png": [0], "two/images/b.png": []}),
    ],
)  # fmt: skip
def test_a_split_of_several_folders_or_lists(tmp_path, val, listed, expected):
    files_of_two_folders(tmp_path)
    (tmp_path / "val.txt").write_text(listed.replace("{root}", str(tmp_path)))
    (tmp_path / "data.yaml").write_text(f"val: {val}\nnames: [cat, dog]\n")
    adapter = YoloLabeling(data_yaml=tmp_path / "data.yaml")
    samples = {item.id: adapter.read(item).annotation for item in check_adapter(adapter)}
    assert {name: boxes.labels.tolist() for name, boxes in samples.items()} == expected


@pytest.mark.parametrize(
    ("entry", "message"),
    [("none.png", "there is no image 'none.png'"), ("../x/a.png", "leads out of the dataset")],
)
def test_mistakes_of_a_list(tmp_path, entry, message):
    root = tmp_path / "data"
    files_of_two_folders(root)
    (tmp_path / "x").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "x/a.png")
    (root / "val.txt").write_text(f"{entry}\n")
    (root / "data.yaml").write_text("val: val.txt\nnames: [cat, dog]\n")
    with pytest.raises(CalibrateError, match=message):
        YoloLabeling(data_yaml=root / "data.yaml").items()


@pytest.mark.parametrize("fields", [{}, {"images_dir": "a"}, {"annotations_dir": "a"}])
def test_folders_are_needed(fields):
    with pytest.raises(ValidationError, match=r"data_yaml|go together"):
        YoloLabeling(**fields)


@pytest.mark.zoo
def test_zoo_labels_are_the_json_in_other_words(zoo):
    folder = zoo / "data/coco_dev"
    adapter = YoloLabeling(images_dir=folder / "images", annotations_dir=folder / "labels")
    items = check_adapter(adapter, count=4)
    assert len(items) == 128
    document = json.loads((folder / "annotations/instances.json").read_text())
    for item in items[:20]:
        boxes = adapter.read(item).annotation
        key = int(item.id.partition(".")[0])
        given = [a["bbox"] for a in document["annotations"] if a["image_id"] == key]
        corners = np.array([[x, y, x + w, y + h] for x, y, w, h in given])
        assert np.allclose(np.sort(boxes.boxes, axis=0), np.sort(corners, axis=0), atol=0.02)
