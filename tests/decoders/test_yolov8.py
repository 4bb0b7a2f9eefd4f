import math

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolov8 import YoloV8
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(16, 32, 16, 32), source="7.jpg")
FIELDS = {"classes": 3, "strides": (8, 16), "reg_max": 4}
GENERATOR = np.random.default_rng(0)
FINE = GENERATOR.normal(size=(19, 2, 4)).astype(np.float32)
COARSE = GENERATOR.normal(size=(19, 1, 2)).astype(np.float32)


def plain():
    """Cell by cell, as the formulas are written."""
    boxes, scores = [], []
    for head, stride in ((FINE, 8), (COARSE, 16)):
        for y in range(head.shape[1]):
            for x in range(head.shape[2]):
                sides = []
                for side in range(4):
                    logits = head[4 * side : 4 * side + 4, y, x].astype(float)
                    weights = [math.exp(value) for value in logits]
                    sides.append(sum(i * w for i, w in enumerate(weights)) / sum(weights))
                boxes.append(
                    [
                        (x + 0.5 - sides[0]) * stride,
                        (y + 0.5 - sides[1]) * stride,
                        (x + 0.5 + sides[2]) * stride,
                        (y + 0.5 + sides[3]) * stride,
                    ]
                )
                scores.append([1 / (1 + math.exp(-float(v))) for v in head[16:, y, x]])
    return boxes, scores


@pytest.mark.parametrize(
    ("fields", "outputs"),
    [
        ({}, {"a": FINE, "b": COARSE}),
        ({}, {"b": COARSE[None], "a": FINE[None]}),
        ({}, {"a": FINE.transpose(1, 2, 0), "b": COARSE.transpose(1, 2, 0)}),
        ({}, {"b": COARSE[:16], "c": COARSE[16:], "d": FINE[:16], "e": FINE[16:]}),
        (
            {"outputs": ("d", "b", "e", "c")},
            {"b": COARSE[:16], "c": COARSE[16:], "d": FINE[:16], "e": FINE[16:]},
        ),
        ({"outputs": ("x", "y")}, {"x": FINE, "y": COARSE, "z": FINE}),
    ],
)
def test_heads(fields, outputs):
    result = YoloV8(**FIELDS, **fields).dense(outputs, "")
    boxes, scores = plain()
    np.testing.assert_allclose(result.boxes, boxes, atol=1e-4)
    np.testing.assert_allclose(result.scores, scores, rtol=1e-5)


def test_decoded_in_the_model():
    rows = np.array([[10, 8, 4, 2, 0.1, 0.9, 0.0], [20, 8, 4, 2, 0.6, 0.2, 0.0]], np.float32)
    heads = {"a": FINE, "b": COARSE}
    for outputs in ({"out": rows.T.copy()}, {"out": rows}, {**heads, "out": rows}):
        prediction = YoloV8(**FIELDS).predict(outputs, FACTS)
        np.testing.assert_allclose(prediction.scores, [0.9, 0.6, 0.2, 0.1], atol=1e-6)
        assert prediction.labels.tolist() == [1, 0, 1, 0]
        np.testing.assert_allclose(prediction.boxes[0], [8, 7, 12, 9], atol=1e-4)


@pytest.mark.parametrize(
    ("fields", "shapes", "problems"),
    [
        ({}, {"out": (1, 84, 8400)}, 0),
        ({}, {"out": (-1, 84, -1)}, 0),
        ({"classes": 20}, {"out": (1, 84, 8400)}, 1),
        ({}, {"a": (1, 144, 80, 80), "b": (1, 144, 40, 40), "c": (1, 144, 20, 20)}, 0),
        ({}, {"a": (1, 144, 80, 80), "b": (1, 144, 40, 40)}, 1),
        ({"layout": "rows"}, {"a": (1, 144, 80, 80)}, 1),
    ],
)
def test_problems(fields, shapes, problems):
    assert len(YoloV8(**fields).problems(shapes)) == problems


def test_contract():
    check_decoder(YoloV8(**FIELDS), {"a": FINE, "b": COARSE}, FACTS)
