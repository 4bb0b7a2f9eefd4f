"""Boxes that the indices of a suppression inside choose."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolo_v3_onnx import YoloV3Onnx
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(100, 200, 100, 200).resized(50, 100).shifted(25, 0, 100, 100))
BOXES = np.array([[[10, 20, 30, 40], [0, 0, 50, 250], [5, 5, 6, 6]]], np.float32)
SCORES = np.array([[[0.9, 0.1, 0.2], [0.3, 0.6, 0.4]]], np.float32)
INDICES = np.array([[[0, 1, 1], [0, 0, 0], [-1, -1, -1], [0, 0, 2]]], np.int32)
OUTPUTS = {"boxes": BOXES, "scores": SCORES, "indices": INDICES}


@pytest.mark.parametrize("indices", [INDICES, INDICES[0]])
def test_rows(indices):
    found = YoloV3Onnx().predict({**OUTPUTS, "indices": indices}, FACTS)
    assert found.labels.tolist() == [0, 1]
    np.testing.assert_allclose(found.scores, [0.9, 0.6])
    np.testing.assert_array_equal(found.boxes, [[20, 10, 40, 30], [0, 0, 200, 50]])


def test_boxes_beyond_the_image_where_nothing_clips():
    found = YoloV3Onnx(clip_boxes="never").predict(OUTPUTS, FACTS)
    np.testing.assert_array_equal(found.boxes[1], [0, 0, 250, 50])


@pytest.mark.parametrize("row", [[0, 2, 0], [0, 0, 3], [0, -1, 0]])
def test_indices_of_something_else(row):
    indices = np.array([[row]], np.int32)
    with pytest.raises(CalibrateError, match="the indices do not fit 3 boxes and scores"):
        YoloV3Onnx().predict({**OUTPUTS, "indices": indices}, FACTS)


def test_contract():
    changed = {**OUTPUTS, "boxes": BOXES + 3, "scores": SCORES * np.float32(0.8)}
    check_decoder(YoloV3Onnx(), OUTPUTS, FACTS, changed=changed)
