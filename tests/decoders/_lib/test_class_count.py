import pytest

from calibrate.decoders._lib.class_count import (
    grid_channels,
    known_classes,
    row_channels,
    without_ones,
)
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("shape", "expected"), [((1, 1, 4, 5), (4, 5)), ((4, 1, 5), (4, 1, 5)), ((1,), (1,))]
)
def test_without_ones(shape, expected):
    assert without_ones(shape) == expected


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((84, 8400), 84), ((8400, 84), 84), ((1, -1, 85), 85), ((32, 80, 80), None), ((7,), None)],
)
def test_row_channels(shape, expected):
    assert row_channels(shape) == expected


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(144, 80, 80), (144, 40, 40)], 144),
        ([(80, 80, 255), (40, 40, 255)], 255),
        ([(144, 80, 80)], 144),
        ([(80, 80, 144)], 144),
        ([(144, 80, 60)], None),
        ([(144, 80, 80), (80, 40)], None),
        ([], None),
    ],
)
def test_grid_channels(shapes, expected):
    assert grid_channels(shapes) == expected


@pytest.mark.parametrize("count", [None, 0, -3])
def test_no_class_is_an_error(count):
    with pytest.raises(CalibrateError, match=r"do not show how many classes .*'out' \[4, 9\]"):
        known_classes(count, {"out": (4, 9)})
    assert known_classes(3, {}) == 3
