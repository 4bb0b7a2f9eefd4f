import math

import numpy as np
import pytest

from calibrate.core.sample import Facts, Geometry
from calibrate.decoders.yolox import YoloX
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder
from tests.fixtures.boxes import to_centres

FACTS = Facts("7", geometry=Geometry(16, 32, 16, 32), source="7.jpg")
FIELDS = {"classes": 3, "strides": (8, 16), "input_size": (16, 32)}
GENERATOR = np.random.default_rng(0)
ROWS = GENERATOR.normal(size=(10, 8)).astype(np.float32)
ROWS[:, 4:] = GENERATOR.uniform(size=(10, 4))


def plain(rows):
    """Cell by cell, as the formulas are written."""
    cells = [(x, y, 8) for y in range(2) for x in range(4)]
    cells += [(x, y, 16) for y in range(1) for x in range(2)]
    return [
        [(x + r[0]) * s, (y + r[1]) * s, math.exp(r[2]) * s, math.exp(r[3]) * s]
        for r, (x, y, s) in zip(rows.tolist(), cells, strict=True)
    ]


def test_every_cell_is_decoded():
    result = YoloX(**FIELDS).dense({"out": ROWS}, "")
    np.testing.assert_allclose(to_centres(result.boxes), plain(ROWS), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(result.scores, ROWS[:, 4:5] * ROWS[:, 5:], rtol=1e-6)


def test_decoded_in_the_model():
    rows = np.concatenate([np.array(plain(ROWS)), ROWS[:, 4:]], axis=1).astype(np.float32)
    first = YoloX(**FIELDS).predict({"out": ROWS}, FACTS)
    second = YoloX(classes=3, decoded=True).predict({"out": rows}, FACTS)
    np.testing.assert_allclose(first.boxes, second.boxes, atol=1e-3)


def test_an_input_that_is_not_square_has_to_be_named():
    with pytest.raises(CalibrateError, match="10 rows do not fit a square input"):
        YoloX(classes=3, strides=(8, 16)).predict({"out": ROWS}, FACTS)


def test_contract():
    check_decoder(YoloX(**FIELDS), {"out": ROWS[None]}, FACTS)
