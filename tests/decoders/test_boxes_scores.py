"""What is common to all decoders of dense boxes is tested in test_detection."""

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(100, 100, 100, 100), source="7.jpg")
BOX = {
    "xyxy": [0.1, 0.2, 0.3, 0.6],
    "yxyx": [0.2, 0.1, 0.6, 0.3],
    "cxcywh": [0.2, 0.4, 0.2, 0.4],
    "xywh": [0.1, 0.2, 0.2, 0.4],
}


@pytest.mark.parametrize("box_format", BOX)
def test_box_formats(box_format):
    outputs = {"a": np.array([BOX[box_format]], np.float32), "b": np.array([[0.5]], np.float32)}
    prediction = BoxesScores(box_format=box_format).predict(outputs, FACTS)
    np.testing.assert_allclose(prediction.boxes, [[10, 20, 30, 60]], atol=1e-4)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"activation": "softmax", "background_class": 0}, [0.3, 0.2]),
        ({"activation": "softmax", "background_class": -1}, [0.5, 0.2]),
        ({"activation": "softmax"}, [0.5, 0.3, 0.2]),
    ],
)
def test_softmax_and_background(fields, expected):
    logits = np.log(np.array([[0.5, 0.2, 0.3]], np.float32)) + 7
    outputs = {"boxes": np.array([[0, 0, 1, 1]], np.float32), "scores": logits}
    prediction = BoxesScores(**fields).predict(outputs, FACTS)
    np.testing.assert_allclose(prediction.scores, expected, rtol=1e-5)


def test_contract():
    generator = np.random.default_rng(0)
    low = generator.uniform(0, 0.5, (50, 2))
    boxes = np.concatenate([low, low + 0.3], axis=1).astype(np.float32)
    scores = generator.uniform(size=(50, 6)).astype(np.float32)
    check_decoder(BoxesScores(), {"boxes": boxes[None], "scores": scores[None]}, FACTS)
