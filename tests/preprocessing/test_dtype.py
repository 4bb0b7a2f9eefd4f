"""Step `dtype`: casts, and the numbers that do not fit."""

import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.preprocessing.dtype import Dtype


@pytest.mark.parametrize(
    ("values", "fields", "expected"),
    [
        (np.array([0, 255], np.uint8), {"to": "float32"}, np.array([0, 255], np.float32)),
        (np.array([0.4, 254.6]), {"to": "uint8"}, np.array([0, 255], np.uint8)),
        (np.array([255.4]), {"to": "uint8"}, np.array([255], np.uint8)),
        (np.array([-5, 300]), {"to": "uint8", "clip": True}, np.array([0, 255], np.uint8)),
        (np.array([-5, -3], np.int8), {"to": "uint8", "clip": True}, np.array([0, 0], np.uint8)),
        (np.array([1e30]), {"to": "int64", "clip": True}, np.array([2**63 - 1], np.int64)),
        (np.array([1e9]), {"to": "float16", "clip": True}, np.array([65504], np.float16)),
        (np.array([True, False]), {"to": "uint8"}, np.array([1, 0], np.uint8)),
        (np.array([2**40]), {"to": "int64"}, np.array([2**40], np.int64)),
    ],
)
def test_cast(of, values, fields, expected):
    made = Dtype(**fields)(of(values[None]))
    assert made.image.dtype == expected.dtype
    np.testing.assert_array_equal(made.image[0], expected)


@pytest.mark.parametrize(
    ("values", "to", "message"),
    [
        ([-1, 3], "uint8", "ranges from -1 to 3, uint8 from 0 to 255; normalize it first"),
        ([0, 256], "uint8", "ranges from 0 to 256"),
        ([1e9], "float16", "float16 from -65504 to 65504"),
        ([np.nan], "uint8", "not finite"),
        ([np.inf], "int64", "not finite"),
        (["a"], "uint8", "no numbers"),
    ],
)
def test_refused(of, values, to, message):
    with pytest.raises(CalibrateError, match=message):
        Dtype(to=to)(of(np.array([values])))
