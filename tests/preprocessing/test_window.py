import numpy as np
import pytest
from pydantic import ValidationError

from calibrate.errors import CalibrateError
from calibrate.preprocessing.normalization import Normalization
from calibrate.preprocessing.window import Window

VALUES = np.array([[-1000, 0, 2000], [4095, 5000, 240]], np.float32)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"bits": 12}, [[0, 0, 2000 / 4095 * 255], [255, 255, 240 / 4095 * 255]]),
        ({"low": 0, "high": 4000, "to": (0, 1)}, [[0, 0, 0.5], [1, 1, 0.06]]),
        ({"center": 40, "width": 400, "to": (0, 1)}, [[0, 0.4, 1], [1, 1, 1]]),
    ],
)
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (1, 2, 3, 1)])
def test_values(of, fields, expected, shape):
    array = Window(**fields)(of(VALUES.reshape(shape))).image
    assert array.dtype == np.float32
    assert array.reshape(2, 3) == pytest.approx(np.array(expected), rel=1e-6)


@pytest.mark.parametrize(
    "fields",
    [{}, {"low": 1}, {"center": 1}, {"bits": 8, "low": 0, "high": 1}, {"low": 2, "high": 1}],
)
def test_one_range(fields):
    with pytest.raises(ValidationError):
        Window(**fields)


def test_a_preset_for_8_bits_refuses_16(of):
    pixels = np.full((2, 2, 3), 2000, np.uint16)
    with pytest.raises(CalibrateError, match="these have 16 bits"):
        Normalization(preset="imagenet")(of(pixels))
    windowed = Window(bits=12)(of(pixels))
    assert Normalization(preset="unit")(windowed).image == pytest.approx(2000 / 4095)
