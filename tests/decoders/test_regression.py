"""Decoder `regression`."""

import numpy as np
import pytest

from calibrate.core.sample import Facts
from calibrate.decoders.regression import Regression


def test_predict():
    prediction = Regression().predict({"out": np.array([[[1.0, 2.0]], [[3.0, 4.0]]])}, Facts("7"))
    assert prediction.values.dtype == np.float32
    assert prediction.values.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("fields", "reference", "values", "expected"),
    [
        ({}, [3.0, 4.0], [0.0, 4.0], 9 / 25),
        ({"unit": 10}, [3.0, 4.0], [0.0, 4.0], 0.045),
        ({"unit": 10}, [0.001], [10.001], 1.0),
        ({}, 2.0, 1.0, 0.25),
    ],
)
def test_divergence(fields, reference, values, expected):
    decoder = Regression(**fields)
    signature = decoder.signature({"out": np.array(reference)})
    assert decoder.divergence(signature, {"out": np.array(values)}) == pytest.approx(expected)


def test_problems():
    assert Regression(output="x").problems({"y": (1, 3)}) == [
        "the model has no output 'x'; its outputs: 'y'"
    ]
