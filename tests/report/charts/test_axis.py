import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.report.charts.axis import scale


@pytest.mark.parametrize(
    ("values", "zero", "labels"),
    [
        ([0.816, 0.848], False, ["0.81", "0.82", "0.83", "0.84", "0.85"]),
        ([4.1, 6.7], False, ["4", "5", "6", "7"]),
        ([0, 12000], False, ["0", "2500", "5000", "7500", "10000", "12500"]),
        ([3.0, 4.0], True, ["0", "1", "2", "3", "4"]),
        ([-0.4, 1.0], True, ["-0.5", "0.0", "0.5", "1.0"]),
        ([math.nan, math.inf], False, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_ticks(values, zero, labels):
    axis = scale(values, 0, 100, zero=zero)
    assert [axis.label(tick) for tick in axis.ticks()] == labels


@pytest.mark.parametrize(("value", "place"), [(0, 300), (10, 100), (5, 200), (99, 100), (-99, 300)])
def test_places(value, place):
    assert scale([0, 10], 300, 100).at(value) == place


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=6),
    st.booleans(),
)
def test_any_values_give_a_usable_axis(values, zero):
    axis = scale(values, 0, 100, zero=zero)
    assert axis.low < axis.high
    assert 2 <= len(axis.ticks()) <= 20
    assert all(0 <= axis.at(value) <= 100 for value in values if math.isfinite(value))
    assert all(axis.label(tick) for tick in axis.ticks())
