import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.adapters.voc_detection import VocDetection
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter


def xml(*objects, size=(60, 40)):
    entries = "\n".join(
        f"<object><name>{name}</name><difficult>{int(name == 'sofa')}</difficult><bndbox>"
        + "".join(
            f"<{t}>{v}</{t}>" for t, v in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
        )
        + "</bndbox></object>"
        for name, box in objects
    )
    return (
        f"<annotation><size><width>{size[0]}</width><height>{size[1]}</height></size>\n"
        f"{entries}\n</annotation>"
    )


GOOD = {
    "a": xml(("dog", (1, 2, 30, 40)), ("sofa", (-5, 1, 70, 40)), ("dog", (3, 3, 4, 4))),
    "b": xml(),
}


def dataset(root: Path, annotations=GOOD, listed=None) -> Path:
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (root / folder).mkdir(parents=True)
    for name, text in annotations.items():
        (root / "Annotations" / f"{name}.xml").write_text(text)
        Image.new("RGB", (60, 40), (9, 8, 7)).save(root / "JPEGImages" / f"{name}.jpg")
    names = "\n".join(annotations) if listed is None else listed
    (root / "ImageSets/Main/val.txt").write_text(names)
    return root


def test_items_and_samples(tmp_path):
    adapter = VocDetection(data_source=dataset(tmp_path))
    first, second = check_adapter(adapter)
    assert (first.id, first.stratum) == ("a", 12)
    assert first.annotation.labels.tolist() == [12, 18, 12]
    assert first.annotation.difficult.tolist() == [False, True, False]
    assert first.annotation.boxes.tolist() == [[1, 2, 30, 40], [-5, 1, 70, 40], [3, 3, 4, 4]]
    assert (second.stratum, len(second.annotation.labels)) == (None, 0)
    sample = adapter.read(first)
    assert sample.image.shape == (40, 60, 3)
    assert sample.image.dtype == np.uint8
    assert sample.annotation is first.annotation
    assert all(path.exists() for path in adapter.sources())


@pytest.mark.parametrize(
    ("fields", "label", "name", "box"),
    [
        ({}, 12, "dog", [1, 2, 30, 40]),
        ({"has_background": False}, 11, "dog", [1, 2, 30, 40]),
        ({"one_based": True}, 12, "dog", [0, 1, 29, 39]),
        ({"classes": ("sofa", "dog")}, 2, "dog", [1, 2, 30, 40]),
    ],
)
def test_options(tmp_path, fields, label, name, box):
    adapter = VocDetection(data_source=dataset(tmp_path), **fields)
    annotation = adapter.items()[0].annotation
    assert annotation.labels[0] == label
    assert adapter.label_names()[label] == name
    assert annotation.boxes[0].tolist() == box


BAD = {
    "flat.xml:2: the box [5, 5, 5, 9] has no area": xml(("dog", (5, 5, 5, 9))),
    "out.xml:2: the box [60, 5, 80, 9] lies outside the 60x40 image": xml(("dog", (60, 5, 80, 9))),
    "new.xml:2: unknown class 'dragon'": xml(("dragon", (5, 5, 8, 9))),
    "text.xml:3: <xmin> is 'one', not a number": xml(
        ("dog", (5, 5, 8, 9)), ("dog", ("one", 5, 8, 9))
    ),
    "half.xml:1: this is not well-formed XML": "<annotation>",
}


@pytest.mark.parametrize("message", BAD)
def test_each_problem_has_its_place(tmp_path, message):
    name = message.partition(".xml")[0]
    adapter = VocDetection(data_source=dataset(tmp_path, {name: BAD[message]}))
    with pytest.raises(CalibrateError) as caught:
        adapter.items()
    assert str(caught.value).startswith(f"{tmp_path}/Annotations/{message}")


def test_all_problems_come_together(tmp_path):
    texts = {message.partition(".xml")[0]: text for message, text in BAD.items()}
    with pytest.raises(CalibrateError) as caught:
        VocDetection(data_source=dataset(tmp_path, texts)).items()
    assert len(str(caught.value).splitlines()) == len(BAD)


def test_unusable_objects_are_dropped_on_request(tmp_path, caplog):
    texts = {"a": xml(("dog", (5, 5, 5, 9)), ("dog", (1, 1, 2, 2)), ("dragon", (1, 1, 2, 2)))}
    adapter = VocDetection(data_source=dataset(tmp_path, texts), bad_objects="drop")
    assert adapter.items()[0].annotation.boxes.tolist() == [[1, 1, 2, 2]]
    assert "2 objects left out" in caplog.text


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ("a\nb\na\n", r"val.txt:3: 'a' is listed twice, first in line 1"),
        ("a\nc\n", r"Annotations/c.xml: there is no such file"),
        ("a\n../../x\n", r"'../../x.jpg' leads out of the data source"),
        ("\n", r"val.txt: the list is empty"),
    ],
)
def test_bad_lists(tmp_path, listed, message):
    with pytest.raises(CalibrateError, match=message):
        VocDetection(data_source=dataset(tmp_path, listed=listed)).items()


def test_without_a_list_every_xml_file_counts(tmp_path):
    root = dataset(tmp_path)
    (root / "ImageSets/Main/val.txt").unlink()
    Image.new("RGB", (60, 40)).save(root / "JPEGImages/unlabelled.jpg")
    adapter = VocDetection(data_source=root, split=None)
    assert [item.id for item in check_adapter(adapter)] == ["a", "b"]
    assert adapter.sources() == [root / "JPEGImages", root / "Annotations"]
    with pytest.raises(CalibrateError, match="no XML file is in this folder"):
        VocDetection(data_source=root, split=None, annotations_dir=root / "JPEGImages").items()


def test_names_of_any_bytes(tmp_path):
    root = dataset(tmp_path)
    odd = os.fsdecode(b"caf\xe9 'x'")
    for folder, ending in (("JPEGImages", ".jpg"), ("Annotations", ".xml")):
        (root / folder / f"a{ending}").rename(root / folder / f"{odd}{ending}")
    (root / "ImageSets/Main/val.txt").write_bytes(os.fsencode(odd))
    items = check_adapter(VocDetection(data_source=root))
    assert [item.id for item in items] == ["caf\\xe9 'x'"]


def test_a_missing_image_is_reported_when_it_is_read(tmp_path):
    adapter = VocDetection(data_source=dataset(tmp_path))
    (tmp_path / "JPEGImages/a.jpg").unlink()
    item = adapter.items()[0]
    with pytest.raises(CalibrateError, match=r"JPEGImages/a.jpg: there is no such file"):
        adapter.read(item)


def test_an_image_of_another_size_is_refused(tmp_path):
    adapter = VocDetection(data_source=dataset(tmp_path, {"a": xml(size=(40, 60))}))
    with pytest.raises(
        CalibrateError, match="the image is 60x40, its annotation was made for 40x60"
    ):
        adapter.read(adapter.items()[0])


def test_two_images_of_one_name(tmp_path):
    root = dataset(tmp_path)
    (root / "JPEGImages/a.png").touch()
    with pytest.raises(CalibrateError, match=r"differ in their ending only: a.jpg, a.png"):
        VocDetection(data_source=root).items()


@pytest.mark.zoo
def test_zoo(zoo):
    adapter = VocDetection(data_source=zoo / "data/voc_dev")
    items = check_adapter(adapter, count=4)
    assert len(items) == 100
    written = sum(
        path.read_text().count("<object>")
        for path in (zoo / "data/voc_dev/Annotations").iterdir()
        if path.stem in {item.id for item in items}
    )
    assert sum(len(item.annotation.labels) for item in items) == written == 515
