"""Layouts of heads and rows are tested in test_anchor_heads."""

import math

import numpy as np

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolo_v5 import YoloV5
from calibrate.testing.decoders import check_decoder
from tests.fixtures.boxes import to_centres

ANCHORS = (((10, 14), (23, 27)),)
FACTS = Facts("7", geometry=Geometry(32, 48, 32, 48), source="7.jpg")
HEAD = np.random.default_rng(0).normal(size=(16, 2, 3)).astype(np.float32)
FIELDS = {"classes": 3, "strides": (16,), "anchors": ANCHORS}


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def plain(head):
    """Cell by cell and anchor by anchor, as the formulas are written."""
    centres, scores = [], []
    for y in range(2):
        for x in range(3):
            for anchor, (width, height) in enumerate(ANCHORS[0]):
                v = [sigmoid(float(value)) for value in head[anchor * 8 : anchor * 8 + 8, y, x]]
                centre = [(2 * v[0] - 0.5 + x) * 16, (2 * v[1] - 0.5 + y) * 16]
                centres.append([*centre, (2 * v[2]) ** 2 * width, (2 * v[3]) ** 2 * height])
                scores.append([v[4] * entry for entry in v[5:]])
    return centres, scores


def test_every_anchor_is_decoded():
    result = YoloV5(**FIELDS).dense({"out": HEAD}, "")
    centres, scores = plain(HEAD)
    np.testing.assert_allclose(to_centres(result.boxes), centres, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(result.scores, scores, rtol=1e-5)


def test_activated_in_the_model():
    activated = (1 / (1 + np.exp(-HEAD))).astype(np.float32)
    first = YoloV5(**FIELDS).dense({"out": HEAD}, "")
    second = YoloV5(**FIELDS, activated=True).dense({"out": activated}, "")
    np.testing.assert_allclose(first.boxes, second.boxes, atol=1e-3)


def test_contract():
    check_decoder(YoloV5(**FIELDS), {"out": HEAD}, FACTS)
