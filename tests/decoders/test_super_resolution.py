"""Decoder `super_resolution`."""

import numpy as np
import pytest

from calibrate.core.sample import Facts
from calibrate.decoders.super_resolution import SuperResolution
from calibrate.errors import CalibrateError

FACTS = Facts("7")
GRAY = np.arange(20, dtype=np.float32).reshape(4, 5)
COLOUR = np.arange(60, dtype=np.float32).reshape(4, 5, 3)


@pytest.mark.parametrize(
    ("fields", "values", "expected"),
    [
        ({"scale": 1}, GRAY, GRAY),
        ({"scale": 1}, GRAY[None], GRAY),
        ({"scale": 1}, GRAY[:, :, None], GRAY),
        ({"scale": 1}, GRAY[None, None], GRAY),
        ({"scale": 1}, COLOUR, COLOUR),
        ({"scale": 1}, COLOUR.transpose(2, 0, 1), COLOUR),
        ({"scale": 1, "layout": "CHW"}, COLOUR.transpose(2, 0, 1), COLOUR),
        ({"scale": 1, "channels": "BGR"}, COLOUR[:, :, ::-1], COLOUR),
        ({}, GRAY / 10 - 0.5, np.clip((GRAY / 10 - 0.5) * 255, 0, 255)),
        ({"scale": 127.5, "offset": 127.5}, GRAY / 19 * 2 - 1, GRAY / 19 * 255),
        ({"scale": 1, "layout": "HW"}, np.ones((1, 3, 3), np.float32), np.ones((3, 3))),
    ],
)
def test_predict(fields, values, expected):
    result = SuperResolution(**fields).predict({"out": values}, FACTS).image
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("fields", "shape", "message"),
    [
        ({}, (3, 8, 3), "is not clearly an image; set the decoder's `layout`"),
        ({}, (8, 8, 8), "is not clearly an image"),
        ({"layout": "CHW"}, (8, 8, 3), "is no image CHW of 1 or 3 channels"),
        ({"layout": "HW"}, (3, 8, 8), "is no image HW"),
    ],
)
def test_refused(fields, shape, message):
    with pytest.raises(CalibrateError, match=message):
        SuperResolution(**fields).predict({"out": np.zeros(shape)}, FACTS)


@pytest.mark.parametrize(
    ("shape", "count"), [((1, 3, -1, -1), 0), ((1, 288, 288, 1), 0), ((1, 8, 8, 8), 1), ((1, 7), 1)]
)
def test_problems(shape, count):
    assert len(SuperResolution().problems({"out": shape})) == count


def test_divergence():
    decoder = SuperResolution()
    signature = decoder.signature({"out": np.full((4, 4), 2.0)})
    assert decoder.divergence(signature, {"out": np.full((4, 4), 1.0)}) == pytest.approx(0.25)
