"""Decoder `raw`."""

import numpy as np
import pytest

from calibrate.core.sample import Facts
from calibrate.decoders.raw import Raw

OUTPUTS = {"a": np.array([3.0, 4.0]), "b": np.array([[1, 2], [0, 2]])}


def test_predict():
    result = Raw().predict(OUTPUTS, Facts("7")).outputs
    assert set(result) == {"a", "b"}
    np.testing.assert_array_equal(result["b"], OUTPUTS["b"])
    assert set(Raw(outputs=["b"]).predict(OUTPUTS, Facts("7")).outputs) == {"b"}


@pytest.mark.parametrize(
    ("fields", "expected"), [({}, 9 / 25 + 1 / 9), ({"outputs": ["b"]}, 1 / 9)]
)
def test_divergence_is_summed_over_outputs(fields, expected):
    decoder = Raw(**fields)
    other = {"a": np.array([0.0, 4.0]), "b": np.array([[1, 2], [1, 2]])}
    assert decoder.divergence(decoder.signature(OUTPUTS), other) == pytest.approx(expected)


def test_large_outputs_are_sampled():
    signature = Raw().signature({"a": np.ones((1000, 1000), np.float32)})
    assert signature["a"].nbytes <= 65536 * 4


def test_problems():
    assert Raw().problems({"a": (1, 3), "b": (1, 4)}) == []
    assert Raw(outputs=["c"]).problems({"a": (1, 3)}) == [
        "the model has no output 'c'; its outputs: 'a'"
    ]
