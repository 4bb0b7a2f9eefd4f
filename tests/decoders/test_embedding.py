import numpy as np
import pytest

from calibrate.core.sample import Facts
from calibrate.decoders.embedding import Embedding
from calibrate.errors import CalibrateError
from calibrate.testing.decoders import check_decoder

FACTS = Facts("a", source="a.txt")
ROWS = np.array([[3, 0, 4], [1, 2, 2], [0, 4, 0]], np.float32)


@pytest.mark.parametrize(
    ("pooling", "values", "expected"),
    [
        ("none", [3, 0, 4], [0.6, 0, 0.8]),
        ("none", [[[3]], [[0]], [[4]]], [0.6, 0, 0.8]),
        ("first", ROWS, [0.6, 0, 0.8]),
        ("mean", ROWS, [4 / 88**0.5, 6 / 88**0.5, 6 / 88**0.5]),
        ("max", ROWS, [3 / 41**0.5, 4 / 41**0.5, 4 / 41**0.5]),
        ("max", ROWS[None], [3 / 41**0.5, 4 / 41**0.5, 4 / 41**0.5]),
    ],
)
def test_unit_vectors(pooling, values, expected):
    outputs = {"out": np.array(values, np.float32)}
    vector = Embedding(pooling=pooling).predict(outputs, FACTS).vector
    np.testing.assert_allclose(vector, expected, rtol=1e-6)


def test_divergence_is_twice_one_minus_the_cosine():
    first, second = {"out": ROWS[0]}, {"out": ROWS[1]}
    decoder = Embedding()
    cosine = ROWS[0] @ ROWS[1] / (5 * 3)
    divergence = decoder.divergence(decoder.signature(first), second)
    assert divergence == pytest.approx(2 * (1 - cosine))


@pytest.mark.parametrize(
    ("fields", "shape", "problem"),
    [
        ({}, (1, 384), None),
        ({}, (1, 512, 1, 1), None),
        ({}, (1, 20, 384), "is more than one vector: set `pooling`"),
        ({"pooling": "mean"}, (1, 20, 384), None),
        ({"pooling": "mean"}, (1, 20, 3, 384), "is no list of vectors"),
    ],
)
def test_problems(fields, shape, problem):
    problems = Embedding(**fields).problems({"out": shape})
    assert [problem] * len(problems) == [text.split("] ")[1] for text in problems]
    assert bool(problems) == bool(problem)


def test_a_vector_without_direction():
    with pytest.raises(CalibrateError, match=r"a.txt: output 'out' is zero throughout"):
        Embedding().predict({"out": np.zeros(4, np.float32)}, FACTS)


def test_contract():
    check_decoder(Embedding(), {"out": ROWS[0]}, FACTS)
    check_decoder(Embedding(pooling="mean"), {"out": ROWS}, FACTS)
