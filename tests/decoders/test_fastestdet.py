import math

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.fastestdet import FastestDet
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("7", geometry=Geometry(60, 80, 60, 80), source="7.jpg")
GENERATOR = np.random.default_rng(0)
HEAD = GENERATOR.normal(size=(8, 3, 4)).astype(np.float32)
HEAD[[0, 5, 6, 7]] = GENERATOR.uniform(size=(4, 3, 4))


def plain(head):
    """Cell by cell, as the formulas are written."""
    rows = []
    _, height, width = head.shape
    for y in range(height):
        for x in range(width):
            values = [float(value) for value in head[:, y, x]]
            centre_x = (x + math.tanh(values[1])) / width
            centre_y = (y + math.tanh(values[2])) / height
            half_width = 0.5 / (1 + math.exp(-values[3]))
            half_height = 0.5 / (1 + math.exp(-values[4]))
            corners = [centre_x - half_width, centre_y - half_height]
            corners += [centre_x + half_width, centre_y + half_height]
            scores = [values[0] ** 0.6 * entry**0.4 for entry in values[5:]]
            rows.append((corners, scores))
    return np.array([r[0] for r in rows]), np.array([r[1] for r in rows])


def test_the_head_is_decoded_cell_by_cell():
    boxes, scores = plain(HEAD)
    result = FastestDet().dense({"out": HEAD}, "")
    assert result.relative
    np.testing.assert_allclose(result.boxes, boxes, atol=1e-6)
    np.testing.assert_allclose(result.scores, scores, atol=1e-6)


def test_the_head_and_what_a_graph_decodes_of_it_are_the_same():
    boxes, scores = plain(HEAD)
    decoded = {"boxes": boxes.astype(np.float32), "scores": scores.astype(np.float32)}
    first = FastestDet().predict({"out": HEAD}, FACTS)
    second = FastestDet().predict(decoded, FACTS)
    np.testing.assert_allclose(first.boxes, second.boxes, atol=1e-3)
    assert np.array_equal(first.labels, second.labels)


def test_the_share_of_the_object():
    scores = FastestDet(object_power=1.0).dense({"out": HEAD}, "").scores
    np.testing.assert_allclose(scores[:, 0], HEAD[0].reshape(-1), rtol=1e-6)


@pytest.mark.parametrize(
    ("fields", "shapes", "problems"),
    [
        ({}, {"out": (1, 85, 22, 22)}, 0),
        ({}, {"boxes": (1, 484, 4), "scores": (1, 484, 80)}, 0),
        ({}, {"a": (1, 85, 22, 22), "b": (1, 85, 22, 22)}, 1),
        ({"output": "b"}, {"a": (1, 85, 22, 22), "b": (1, 85, 22, 22)}, 0),
        ({}, {"boxes": (1, 484, 4)}, 1),
    ],
)
def test_problems(fields, shapes, problems):
    assert len(FastestDet(**fields).problems(shapes)) == problems


def test_a_head_without_classes():
    with pytest.raises(CalibrateError, match="a head of 5 channels has no classes"):
        FastestDet().predict({"out": HEAD[:5]}, FACTS)


def test_contract():
    check_decoder(FastestDet(), {"out": HEAD}, FACTS)
