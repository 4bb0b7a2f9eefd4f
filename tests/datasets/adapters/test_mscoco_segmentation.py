import json

import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.adapters.mscoco_segmentation import MsCocoSegmentation
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

CROWD = {"size": [4, 6], "counts": [20, 4]}


def outline(key, category, segmentation, crowd=0):
    return {"id": key, "image_id": 1, "category_id": category, "segmentation": segmentation,
            "iscrowd": crowd}  # fmt: skip


def square(left, top, right, bottom):
    return [[left, top, right, top, right, bottom, left, bottom]]


def adapter(root, annotations, **fields):
    document = {
        "images": [{"id": 1, "file_name": "a.png", "height": 4, "width": 6}],
        "annotations": annotations,
        "categories": [{"id": 3, "name": "car"}, {"id": 7, "name": "dog"}],
    }
    (root / "instances.json").write_text(json.dumps(document))
    Image.new("RGB", (6, 4)).save(root / "a.png")
    return MsCocoSegmentation(annotation_file=root / "instances.json", images_dir=root, **fields)


THINGS = [
    outline(1, 7, CROWD, crowd=1),
    outline(2, 3, square(0, 0, 4, 4)),
    outline(3, 7, square(2, 1, 4, 3)),
]


@pytest.mark.parametrize(
    ("fields", "car", "dog", "crowd"),
    [
        ({}, 1, 2, 255),
        ({"use_full_label_map": True}, 3, 7, 255),
        ({"crowd": "object"}, 1, 2, 2),
        ({"ignore": 1000}, 1, 2, 1000),
    ],
)
def test_masks(tmp_path, fields, car, dog, crowd):
    made = adapter(tmp_path, THINGS, **fields)
    item = check_adapter(made)[0]
    target = made.read(item).annotation
    expected = np.array([
        [car, car, car, car, 0, crowd],
        [car, car, dog, dog, 0, crowd],
        [car, car, dog, dog, 0, crowd],
        [car, car, car, car, 0, crowd],
    ])  # fmt: skip
    assert np.array_equal(target.mask, expected)
    assert target.mask.dtype == (np.int32 if crowd > 255 else np.uint8)
    assert target.ignore == fields.get("ignore", 255)
    assert item.stratum == dog
    assert made.label_names()[dog] == "dog"
    assert made.label_names()[0] == "background"


def test_an_image_without_objects_is_background(tmp_path):
    made = adapter(tmp_path, [])
    assert not made.read(made.items()[0]).annotation.mask.any()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (outline(1, 3, [[1, 2]]), "annotations[0]: a polygon is not a flat list"),
        (outline(1, 3, [[0, 0, 1, 1, 1e9, 1e9]]), "annotations[0]: a polygon lies far outside"),
        (outline(1, 9, square(0, 0, 1, 1)), "annotations[0]: unknown category_id 9"),
        ({"id": 1, "image_id": 1, "category_id": 3}, "annotations[0]: segmentation is neither"),
    ],
)
def test_outlines_of_no_use(tmp_path, entry, message):
    with pytest.raises(CalibrateError) as caught:
        adapter(tmp_path, [entry]).items()
    assert str(caught.value).startswith(f"{tmp_path}/instances.json {message}")
    made = adapter(tmp_path, [entry], bad_objects="drop")
    assert not made.read(made.items()[0]).annotation.mask.any()


def test_runs_that_do_not_fit_are_reported_when_read(tmp_path):
    made = adapter(tmp_path, [outline(1, 3, {"size": [4, 6], "counts": "0oo0"})])
    with pytest.raises(CalibrateError, match=r"instances.json a.png: the run lengths do not fit"):
        made.read(made.items()[0])


def test_ignore_is_no_class(tmp_path):
    made = adapter(tmp_path, THINGS, ignore=2)
    with pytest.raises(CalibrateError, match="the class id of 'dog' is 2, that of `ignore`"):
        made.items()
