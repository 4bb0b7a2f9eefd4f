"""Masks, keypoints and oriented boxes of YOLO label lines."""

import numpy as np
import pytest
from PIL import Image

from calibrate.datasets.adapters.yolo_labeling import YoloLabeling
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter


def annotation(folder, lines, target, **parameters):
    """What is read of one 20 x 10 image with these label lines."""
    for name in ("images", "labels"):
        (folder / name).mkdir()
    Image.new("RGB", (20, 10)).save(folder / "images/a.png")
    (folder / "labels/a.txt").write_text(lines)
    adapter = YoloLabeling(
        images_dir=folder / "images",
        annotations_dir=folder / "labels",
        target=target,
        **parameters,
    )
    (item,) = check_adapter(adapter)
    return adapter.read(item).annotation


def test_masks(tmp_path):
    objects = annotation(tmp_path, "0 .1 .2 .5 .2 .5 .8 .1 .8\n1 .5 .5 .2 .4\n", "masks")
    np.testing.assert_allclose(objects.boxes, [[2, 2, 10, 8], [8, 3, 12, 7]])
    pixels = objects.pixels()
    assert pixels.shape == (2, 10, 20)
    assert pixels[0, 2:8, 2:10].all()
    assert pixels.sum(axis=(1, 2)).tolist() == objects.areas.tolist() == [48, 16]


def test_keypoints(tmp_path):
    objects = annotation(tmp_path, "0 .5 .5 .2 .4 .1 .2 2 .3 .4 0\n", "keypoints")
    np.testing.assert_allclose(objects.keypoints, [[[2, 2, 2], [6, 4, 0]]])
    assert objects.boxes.tolist() == [[8, 3, 12, 7]]


def test_keypoints_without_visibility(tmp_path):
    lines = "0 .5 .5 .2 .4 .1 .2 .3 .4\n"
    objects = annotation(tmp_path, lines, "keypoints", row_format="pose")
    np.testing.assert_allclose(objects.keypoints, [[[2, 2, 2], [6, 4, 2]]])


def test_oriented_boxes(tmp_path):
    objects = annotation(tmp_path, "0 .5 .1 .7 .5 .5 .9 .3 .5\n1 .5 .5 .2 .4\n", "oriented")
    np.testing.assert_allclose(objects.corners[0], [[10, 1], [14, 5], [10, 9], [6, 5]], atol=1e-6)
    np.testing.assert_allclose(objects.corners[1], [[8, 3], [12, 3], [12, 7], [8, 7]], atol=1e-6)
    np.testing.assert_allclose(objects.areas, [32, 16], rtol=1e-5)
    np.testing.assert_allclose(objects.boxes[0], [6, 1, 14, 9], atol=1e-6)


@pytest.mark.parametrize(
    ("lines", "target", "message"),
    [
        ("0 .1 .1 .5 .1 .5 .5\n", "oriented", "an outline of 3 points is no oriented box"),
        ("0 .5 .5 .2 .4\n", "keypoints", "the lines hold no keypoints"),
        (
            "0 .5 .5 .2 .4 .1 .2 2\n1 .5 .5 .2 .4 .1 .2 2 .3 .4 0\n",
            "keypoints",
            "1 and 2 keypoints",
        ),
    ],
)
def test_lines_of_another_kind(tmp_path, lines, target, message):
    with pytest.raises(CalibrateError, match=message):
        annotation(tmp_path, lines, target)
