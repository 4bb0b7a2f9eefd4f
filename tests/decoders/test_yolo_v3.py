"""Layouts of heads and rows are tested in test_anchor_heads."""

import math

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolo_v3 import YoloV3
from calibrate.testing.decoders import check_decoder
from tests.fixtures.boxes import to_centres

ANCHORS = (((10, 14), (23, 27)),)
FACTS = Facts("7", geometry=Geometry(64, 96, 64, 96), source="7.jpg")
HEAD = np.random.default_rng(0).normal(size=(16, 2, 3)).astype(np.float32)
FIELDS = {"classes": 3, "strides": (32,), "anchors": ANCHORS}


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def plain(head, scale=1.0):
    """Cell by cell and anchor by anchor, as the formulas are written."""
    centres, scores = [], []
    for y in range(2):
        for x in range(3):
            for anchor, (width, height) in enumerate(ANCHORS[0]):
                v = [float(value) for value in head[anchor * 8 : anchor * 8 + 8, y, x]]
                middle = [scale * sigmoid(entry) - (scale - 1) / 2 for entry in v[:2]]
                size = [math.exp(v[2]) * width, math.exp(v[3]) * height]
                centres.append([(x + middle[0]) * 32, (y + middle[1]) * 32, *size])
                scores.append([sigmoid(v[4]) * sigmoid(entry) for entry in v[5:]])
    return centres, scores


@pytest.mark.parametrize("scale", [1.0, 1.1])
def test_every_anchor_is_decoded(scale):
    result = YoloV3(**FIELDS, scale_xy=scale).dense({"out": HEAD}, "")
    centres, scores = plain(HEAD, scale)
    np.testing.assert_allclose(to_centres(result.boxes), centres, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(result.scores, scores, rtol=1e-5)


def test_equals_the_operation_of_openvino_for_activated_heads():
    ov = pytest.importorskip("openvino")
    ops = pytest.importorskip("openvino.opset8")
    given = ops.parameter([1, 16, 2, 3], np.float32)
    node = ops.region_yolo(given, 4, 3, 2, False, [0, 1], 1, 3)
    activated = ov.compile_model(ov.Model([node], [given]), "CPU")([HEAD[None]])[0][0]
    first = YoloV3(**FIELDS).dense({"out": HEAD}, "")
    second = YoloV3(**FIELDS, activated=True).dense({"out": activated}, "")
    np.testing.assert_allclose(first.boxes, second.boxes, atol=1e-3)
    np.testing.assert_allclose(first.scores, second.scores, atol=1e-5)


def test_contract():
    check_decoder(YoloV3(**FIELDS), {"out": HEAD}, FACTS)
