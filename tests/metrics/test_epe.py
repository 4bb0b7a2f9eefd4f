import numpy as np
import pytest

from calibrate.core.annotation import ValueTarget
from calibrate.core.predictions.values import Values
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.epe import EndPointError


def test_the_length_of_the_errors():
    said = np.array([[3, 0, 1], [4, 2, 1]], np.float32)
    true = np.array([[0, 0, 1], [0, 0, 1]], np.float32)
    score = EndPointError().score(Values(said.ravel()), ValueTarget(true.ravel()), Facts("a"))
    assert score == pytest.approx([(5 + 2 + 0) / 3])


def test_numbers_that_are_no_vectors():
    number = np.ones(3, np.float32)
    with pytest.raises(CalibrateError, match="3 numbers are no vectors of 2"):
        EndPointError().score(Values(number), ValueTarget(number), Facts("a"))
