import numpy as np
import pytest

from calibrate.datasets.formats.coco import CocoTable
from calibrate.datasets.formats.coco_entries import class_ids, class_names, image_paths
from calibrate.errors import CalibrateError


def table(file_names=(), ids=(3, 1), names=("car", "dog")):
    return CocoTable(
        image_ids=tuple(str(i) for i in range(len(file_names))),
        file_names=tuple(file_names),
        sizes=((4, 4),) * len(file_names),
        starts=np.zeros(len(file_names) + 1, np.int64),
        boxes=np.zeros((0, 4), np.float32),
        categories=np.zeros(0, np.int64),
        crowd=np.zeros(0, np.bool_),
        areas=np.zeros(0, np.float32),
        segments=(),
        category_ids=ids,
        category_names=names,
    )


@pytest.mark.parametrize(
    ("full", "background", "ids", "names"),
    [
        (False, False, [0, 1], ("car", "dog")),
        (False, True, [1, 2], ("background", "car", "dog")),
        (True, False, [3, 1], ("", "dog", "", "car")),
        (True, True, [3, 1], ("background", "dog", "", "car")),
    ],
)
def test_class_ids_and_names(full, background, ids, names):
    assert class_ids(table(), full=full, background=background).tolist() == ids
    assert class_names(table(), full=full, background=background) == names


def test_no_categories():
    assert class_names(table(ids=(), names=()), full=True, background=True) == ()


def test_paths(tmp_path):
    (tmp_path / "b.jpg").touch()
    rows = table(["a.jpg", "b.jpg"])
    options = {"place": "a.json", "images_dir": tmp_path, "allow_outside": False}
    assert list(image_paths(rows, only_present=False, **options)) == [0, 1]
    assert image_paths(rows, only_present=True, **options) == {1: tmp_path / "b.jpg"}
    with pytest.raises(CalibrateError, match=r"a.json: the list of images is empty"):
        image_paths(table(), only_present=False, **options)
    with pytest.raises(CalibrateError, match=r"a.json images\[0\]: '../a' leads out"):
        image_paths(table(["../a"]), only_present=False, **options)
