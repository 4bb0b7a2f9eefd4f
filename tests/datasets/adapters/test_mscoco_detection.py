import json

import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.adapters.mscoco_detection import MsCocoDetection
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

DOCUMENT = {
    "images": [
        {"id": 9, "file_name": "b.jpg", "height": 40, "width": 60},
        {"id": 4, "file_name": "sub/a.jpg", "height": 40, "width": 60},
    ],
    "annotations": [
        {"id": 1, "image_id": 4, "category_id": 7, "bbox": [1, 2, 3, 4], "area": 9, "iscrowd": 1},
        {"id": 2, "image_id": 4, "category_id": 3, "bbox": [-1, 2, 30, 40], "iscrowd": 0},
        {"id": 3, "image_id": 4, "category_id": 7, "bbox": [5, 5, 5, 5], "area": 20},
    ],
    "categories": [{"id": 3, "name": "car"}, {"id": 7, "name": "dog"}],
}


def adapter(root, document=DOCUMENT, names=("b.jpg", "sub/a.jpg"), **fields):
    (root / "instances.json").write_text(json.dumps(document))
    for name in names:
        path = root / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40)).save(path)
    return MsCocoDetection(
        annotation_file=root / "instances.json", images_dir=root / "images", **fields
    )


def test_items_and_samples(tmp_path):
    made = adapter(tmp_path)
    empty, full = check_adapter(made)
    assert (empty.id, empty.stratum, len(empty.annotation.labels)) == ("b.jpg", None, 0)
    assert (full.id, full.stratum, full.annotation.image_id) == ("sub/a.jpg", 1, "4")
    assert full.annotation.labels.tolist() == [1, 0, 1]
    assert full.annotation.boxes.tolist() == [[1, 2, 4, 6], [-1, 2, 29, 42], [5, 5, 10, 10]]
    assert full.annotation.areas.tolist() == [9, 1200, 20]
    assert full.annotation.crowd.tolist() == [True, False, False]
    assert not full.annotation.difficult.any()
    sample = made.read(full)
    assert sample.image.shape == (40, 60, 3)
    assert sample.annotation is full.annotation
    assert all(path.exists() for path in made.sources())


@pytest.mark.parametrize(
    ("fields", "labels", "names"),
    [
        ({}, [1, 0, 1], ("car", "dog")),
        ({"has_background": True}, [2, 1, 2], ("background", "car", "dog")),
        ({"use_full_label_map": True}, [7, 3, 7], ("", "", "", "car", "", "", "", "dog")),
        (
            {"use_full_label_map": True, "has_background": True},
            [7, 3, 7],
            ("background", "", "", "car", "", "", "", "dog"),
        ),
    ],
)
def test_class_ids(tmp_path, fields, labels, names):
    made = adapter(tmp_path, **fields)
    assert made.items()[1].annotation.labels.tolist() == labels
    assert tuple(made.label_names()) == names


def test_masks_are_those_of_pycocotools(tmp_path):
    outline = {**DOCUMENT["annotations"][2], "segmentation": [[5, 5, 10, 5, 10, 10, 5, 10]]}
    runs = {"counts": [60, 4, 2336], "size": [40, 60]}
    crowd = {**DOCUMENT["annotations"][0], "segmentation": runs}
    made = adapter(tmp_path, {**DOCUMENT, "annotations": [crowd, outline]}, masks=True)
    empty, full = (made.read(item).annotation for item in made.items())
    assert empty.pixels().shape == (0, 40, 60)
    pixels = full.pixels()
    assert pixels.shape == (2, 40, 60)
    assert np.argwhere(pixels[0]).tolist() == [[20 + row, 1] for row in range(4)]
    expected = np.zeros((40, 60), bool)
    expected[5:10, 5:10] = True
    np.testing.assert_array_equal(pixels[1], expected)
    assert full.boxes.tolist() == [[1, 2, 4, 6], [5, 5, 10, 10]]


def test_keypoints(tmp_path):
    person = {**DOCUMENT["annotations"][2], "keypoints": [6, 7, 2, 0, 0, 0], "num_keypoints": 1}
    document = {**DOCUMENT, "annotations": [DOCUMENT["annotations"][0], person]}
    made = adapter(tmp_path, document, keypoints=2)
    _, full = (made.read(item).annotation for item in made.items())
    assert full.keypoints.tolist() == [[[0, 0, 0], [0, 0, 0]], [[6, 7, 2], [0, 0, 0]]]
    with pytest.raises(CalibrateError, match="an object has 2 keypoints, not 17"):
        adapter(tmp_path, document, keypoints=17).items()


def test_the_file_is_read_once(tmp_path):
    made = adapter(tmp_path)
    first = made.items()
    (tmp_path / "instances.json").write_text("{")
    assert made.items() is first
    made.read(first[1])
    assert made.label_names()


def test_missing_images_are_reported_when_read_or_left_out(tmp_path):
    made = adapter(tmp_path, names=["b.jpg"])
    with pytest.raises(CalibrateError, match=r"images/sub/a.jpg: there is no such file"):
        made.read(made.items()[1])
    present = adapter(tmp_path, names=["b.jpg"], only_present=True)
    assert [item.id for item in present.items()] == ["b.jpg"]


def test_no_image_present(tmp_path):
    with pytest.raises(CalibrateError, match=r"images: none of the images is there"):
        adapter(tmp_path, names=[], only_present=True).items()


def test_names_that_lead_out(tmp_path):
    document = {
        **DOCUMENT,
        "images": [{"id": 4, "file_name": "../x.jpg"}, {"id": 9, "file_name": "/x"}],
    }
    with pytest.raises(CalibrateError) as caught:
        adapter(tmp_path, document).items()
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{tmp_path}/instances.json images[0]: '../x.jpg' leads out of")
    assert second.startswith(f"{tmp_path}/instances.json images[1]: '/x' leads out of")
    assert len(adapter(tmp_path, document, allow_outside=True).items()) == 2


def test_an_image_of_another_size(tmp_path):
    made = adapter(tmp_path)
    Image.new("RGB", (40, 60)).save(tmp_path / "images/b.jpg")
    with pytest.raises(
        CalibrateError, match="the image is 40x60, its annotation was made for 60x40"
    ):
        made.read(made.items()[0])


@pytest.mark.zoo
def test_zoo(zoo):
    folder = zoo / "data/coco_dev"
    made = MsCocoDetection(
        annotation_file=folder / "annotations/instances.json", images_dir=folder / "images"
    )
    items = check_adapter(made, count=4)
    assert len(items) == 128
    assert sum(len(item.annotation.labels) for item in items) == 898
    assert len(made.label_names()) == 80
    assert max(item.annotation.labels.max() for item in items) <= 79


@pytest.mark.zoo
def test_objects_are_those_that_pycocotools_loads(zoo, capsys):
    from pycocotools.coco import COCO

    folder = zoo / "data/coco_dev"
    path = folder / "annotations/instances.json"
    reference = COCO(str(path))
    made = MsCocoDetection(
        annotation_file=path, images_dir=folder / "images", use_full_label_map=True
    )
    for item in made.items():
        result = item.annotation
        wanted = reference.loadAnns(reference.getAnnIds([int(result.image_id)]))
        corners = [[x, y, x + w, y + h] for x, y, w, h in (entry["bbox"] for entry in wanted)]
        assert result.boxes.tolist() == np.array(corners, np.float32).tolist()
        assert result.labels.tolist() == [entry["category_id"] for entry in wanted]
        assert result.areas.tolist() == np.array([e["area"] for e in wanted], np.float32).tolist()
