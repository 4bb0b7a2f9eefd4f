import numpy as np
import pytest

from calibrate.decoders._lib.activation import are_distributions, value_range, within_unit


@pytest.mark.parametrize(
    ("arrays", "unit", "distributions"),
    [
        ([[0.2, 0.8], [0.0, 1.0]], True, True),
        ([[0.2, 0.8], [1.02, -0.02]], True, False),  # a quantized sigmoid
        ([[0.2, 0.7]], True, False),
        ([[0.5, 0.51]], True, True),
        ([[0.2, 0.8], [1.2, -0.2]], False, False),
        ([[[0.5, 0.5], [0.1, 0.9]]], True, True),
        ([[[0.5, 0.5], [0.1, 0.7]]], True, False),
        ([], True, True),
    ],
)
def test_all_arrays_decide(arrays, unit, distributions):
    arrays = [np.array(array) for array in arrays]
    assert within_unit(arrays) == unit
    assert are_distributions(arrays) == distributions


def test_value_range():
    assert value_range([np.array([1.0, -2.5]), np.array([7.0]), np.zeros(0)]) == "from -2.5 to 7"
    assert value_range([]) == "over nothing"
