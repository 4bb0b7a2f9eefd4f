import json

import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.datasets.adapters.cvat_detection import CvatDetection
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

META = (
    "<meta><task><labels><label><name>car</name></label><label><name>bus</name></label></labels>"
    "</task></meta>"
)
BOX = '<box label="{}" occluded="{}" xtl="{}" ytl="2" xbr="12" ybr="14"/>'
GOOD = (
    f'<image name="task/a.png" width="40" height="20">{BOX.format("bus", 0, 1)}'
    f'{BOX.format("car", 1, 2)}</image><image name="b.png" width="40" height="20"/>'
)


def dataset(root, images=GOOD, meta=META):
    (root / "images").mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (40, 20)).save(root / "images" / name)
    (root / "a.xml").write_text(f"<annotations>{meta}{images}</annotations>")
    return {"annotation_file": root / "a.xml", "images_dir": root / "images"}


def test_boxes(tmp_path):
    adapter = CvatDetection(**dataset(tmp_path))
    items = check_adapter(adapter)
    assert [(item.id, item.source.name, item.stratum) for item in items] == [
        ("task/a.png", "a.png", 1),
        ("b.png", "b.png", None),
    ]
    boxes = adapter.read(items[0]).annotation
    assert boxes.boxes.tolist() == [[1, 2, 12, 14], [2, 2, 12, 14]]
    assert boxes.labels.tolist() == [2, 1]
    assert boxes.difficult.tolist() == [False, True]
    assert list(adapter.label_names()) == ["background", "car", "bus"]


@pytest.mark.parametrize(
    ("parameters", "labels", "names"),
    [
        ({"has_background": False}, [1, 0], ["car", "bus"]),
        ({"classes": ("bus", "car")}, [1, 2], ["background", "bus", "car"]),
        (
            {"labels_file": {"labels": {"bus": 3, "car": 1}}},
            [3, 1],
            ["background", "car", "2", "bus"],
        ),
        ({"labels_file": {"bus": 1}, "bad_objects": "drop"}, [1], ["background", "bus"]),
        ({"labels_file": {"bus": 0, "car": 1}}, [0, 1], ["bus", "car"]),
    ],
)
def test_class_ids(tmp_path, parameters, labels, names):
    if "labels_file" in parameters:
        (tmp_path / "l.json").write_text(json.dumps(parameters["labels_file"]))
        parameters = {**parameters, "labels_file": tmp_path / "l.json"}
    adapter = CvatDetection(**dataset(tmp_path), **parameters)
    assert adapter.items()[0].annotation.labels.tolist() == labels
    assert list(adapter.label_names()) == names


@pytest.mark.parametrize(
    ("images", "meta", "message"),
    [
        (f'<image name="b.png">{BOX.format("cat", 0, 1)}</image>', META, "unknown class 'cat'"),
        (f'<image name="b.png">{BOX.format("car", 0, 12)}</image>', META, "has no area"),
        ('<image name="../b.png"/>', META, "leads out of the data source"),
        ('<image name="b.png"/><image name="b.png"/>', META, "'b.png' is listed twice"),
        (GOOD, "", "the file names no classes in <meta>"),
    ],
)
def test_problems(tmp_path, images, meta, message):
    with pytest.raises(CalibrateError, match=message):
        CvatDetection(**dataset(tmp_path, images, meta)).items()


def test_an_image_of_another_size(tmp_path):
    adapter = CvatDetection(**dataset(tmp_path, '<image name="b.png" width="4" height="2"/>'))
    with pytest.raises(CalibrateError, match="40x20, its annotation was made for 4x2"):
        adapter.read(adapter.items()[0])


def test_other_shapes_are_left_out(tmp_path, caplog):
    images = '<image name="b.png"><polygon label="car" points="1,2;3,4"/></image>'
    assert len(CvatDetection(**dataset(tmp_path, images)).items()) == 1
    assert "1 shapes of the kind <polygon> left out" in caplog.text


def test_names_come_from_one_place(tmp_path):
    with pytest.raises(ValidationError, match="either labels_file or classes"):
        CvatDetection(**dataset(tmp_path), classes=("a",), labels_file=tmp_path / "x")
