import json
import logging

import numpy as np
import pytest

from calibrate.datasets.formats.coco import read_coco
from calibrate.datasets.formats.coco_json import number, whole
from calibrate.errors import CalibrateError


def image(key=7, **fields):
    return {"id": key, "file_name": f"{key}.jpg", "height": 40, "width": 60, **fields}


def thing(key=1, **fields):
    return {"id": key, "image_id": 7, "category_id": 18, "bbox": [1, 2, 10, 20.5], **fields}


def document(images=None, annotations=(), categories=None):
    return {
        "info": {"year": 2017},
        "images": [image()] if images is None else images,
        "annotations": list(annotations),
        "categories": categories or [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}],
    }


def read(tmp_path, content, *, segments=False, drop=False):
    path = tmp_path / "instances.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_coco(path, segments=segments, drop=drop)


def test_objects_are_gathered_by_image(tmp_path):
    table = read(
        tmp_path,
        document(
            images=[image(7), image(3, height=0), image("x")],
            annotations=[
                thing(1, image_id="x", area=5.5, iscrowd=1),
                thing(2),
                thing(3, image_id="x", category_id=1),
            ],
        ),
    )
    assert table.image_ids == ("7", "3", "x")
    assert table.file_names == ("7.jpg", "3.jpg", "x.jpg")
    assert table.sizes == ((40, 60), (0, 60), (40, 60))
    assert [table.objects(i) for i in range(3)] == [slice(0, 1), slice(1, 1), slice(1, 3)]
    assert table.boxes.tolist() == [[1, 2, 11, 22.5]] * 3
    assert table.categories.tolist() == [1, 1, 0]
    assert table.crowd.tolist() == [False, True, False]
    assert table.areas.tolist() == [205, 5.5, 205]
    assert table.category_ids == (1, 18)
    assert table.category_names == ("person", "dog")
    dtypes = [column.dtype for column in (table.boxes, table.areas, table.categories, table.crowd)]
    assert dtypes == [np.float32, np.float32, np.int64, np.bool_]


@pytest.mark.parametrize(
    ("first", "others", "ids"),
    [
        pytest.param("none", "animals", (1, 18), id="Roboflow"),
        pytest.param("none", None, (1, 18), id="no-other-supercategory"),
        pytest.param("none", "none", (0, 1, 18), id="every-supercategory-is-none"),
        pytest.param("animals", "animals", (0, 1, 18), id="an-unused-class"),
    ],
)
def test_the_placeholder_of_all_classes(tmp_path, first, others, ids, caplog):
    categories = [
        {"id": 18, "name": "dog", "supercategory": others},
        {"id": 0, "name": "animals", "supercategory": first},
        {"id": 1, "name": "cat", "supercategory": others},
    ]
    table = read(tmp_path, document(annotations=[thing(1)], categories=categories))
    assert table.category_ids == ids
    assert ("the category 0 'animals' is left out" in caplog.text) == (len(ids) == 2)


def test_a_file_without_objects(tmp_path):
    table = read(tmp_path, document())
    assert table.boxes.shape == (0, 4)
    assert table.objects(0) == slice(0, 0)


def test_outlines_need_no_boxes(tmp_path):
    ring = [1, 1, 9, 1, 9, 9]
    entry = {k: v for k, v in thing(segmentation=[ring]).items() if k != "bbox"}
    table = read(tmp_path, document(annotations=[entry]), segments=True)
    assert table.segments[0][0].tolist() == ring


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "instances.json:1: this is not JSON"),
        ('{"images": [\n}', "instances.json:2: this is not JSON"),
        ("[" * 100_000, "instances.json: the JSON is nested too deeply"),
        ('{"images": ' + "9" * 5000 + "}", "instances.json: this is not JSON"),
        ("[]", "instances.json: there is no list 'images'"),
        ("3", "instances.json: there is no list 'images'"),
        ({"images": [], "categories": []}, "instances.json: there is no list 'annotations'"),
        (document(annotations=["x"]), "instances.json annotations[0]: this is not an object"),
    ],
)
def test_files_of_another_kind(tmp_path, content, message):
    with pytest.raises(CalibrateError) as caught:
        read(tmp_path, content)
    assert f"{tmp_path}/{message}" in str(caught.value)


def test_text_that_is_not_utf8(tmp_path):
    (tmp_path / "a.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(CalibrateError, match=r"a.json: the file is not UTF-8 text"):
        read_coco(tmp_path / "a.json", segments=False, drop=False)


FAULTS = [
    (document(images=[image(1), image(1, file_name="b")]),
     "images[1]: the image id 1 is used twice"),
    (document(images=[image(1), image(2, file_name="1.jpg")]),
     "images[1]: '1.jpg' is listed twice, first at images[0]"),
    (document(images=[{"id": 1}]), "images[0]: the image has no id or no file_name"),
    (document(categories=[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]),
     "categories[1]: the category id 1 is used twice"),
    (document(categories=[{"id": -1, "name": "a"}]),
     "categories[0]: the category has no id between 0 and 65535, or no name"),
    (document(annotations=[thing(4), thing(4)]),
     "annotations[1]: the annotation id 4 is used twice"),
    (document(annotations=[thing(image_id=99)]),
     "annotations[0]: image_id 99 is not among the images"),
    (document(annotations=[thing(bbox=[1, 2, 3])]),
     "annotations[0]: bbox is not a list of four numbers: x, y, width, height"),
    (document(annotations=[thing(bbox=[1, 2, "3", 4])]),
     "annotations[0]: bbox is not a list of four numbers: x, y, width, height"),
    (document(annotations=[thing(bbox=[1, 2, float("nan"), 4])]),
     "annotations[0]: bbox is not a list of four numbers: x, y, width, height"),
    (document(annotations=[thing(bbox=[1, 2, float("inf"), 4])]),
     "annotations[0]: bbox is not a list of four numbers: x, y, width, height"),
    (document(annotations=[thing(iscrowd=2)]), "annotations[0]: iscrowd is 2, not 0 or 1"),
    (document(annotations=[thing(area="big")]), "annotations[0]: area is 'big', not a number"),
]  # fmt: skip

USELESS = [
    (thing(bbox=[1, 2, 0, 4]), "annotations[0]: the box [1, 2, 1, 6] has no area"),
    (thing(bbox=[60, 2, 5, 4]), "annotations[0]: the box [60, 2, 65, 6] lies outside the 60x40 "),
    (thing(category_id=2), "annotations[0]: unknown category_id 2"),
]


@pytest.mark.parametrize(("content", "message"), FAULTS)
@pytest.mark.parametrize("drop", [False, True])
def test_faults_are_reported_with_their_place(tmp_path, content, message, drop):
    with pytest.raises(CalibrateError) as caught:
        read(tmp_path, content, drop=drop)
    assert str(caught.value).startswith(f"{tmp_path}/instances.json {message}")


@pytest.mark.parametrize(("entry", "message"), USELESS)
def test_useless_objects_are_reported_or_dropped(tmp_path, entry, message, caplog):
    with pytest.raises(CalibrateError) as caught:
        read(tmp_path, document(annotations=[entry]))
    assert str(caught.value).startswith(f"{tmp_path}/instances.json {message}")
    with caplog.at_level(logging.WARNING):
        table = read(tmp_path, document(annotations=[entry, thing(2)]), drop=True)
    assert len(table.boxes) == 1
    assert "1 objects left out" in caplog.text


def test_all_problems_come_together(tmp_path):
    entries = [thing(key, image_id=99) for key in range(5)]
    with pytest.raises(CalibrateError) as caught:
        read(tmp_path, document(images=[image(1), image(1)], annotations=entries))
    assert len(str(caught.value).splitlines()) == 6


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1.0), (2.5, 2.5), (True, None), ("1", None), (None, None), (101, None), (10**400, None)],
)
def test_number(value, expected):
    assert number(value, 100) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1), (1.0, 1), (1.5, None), (False, None), ("1", None), (9, None)]
)
def test_whole(value, expected):
    assert whole(value, 0, 8) == expected
