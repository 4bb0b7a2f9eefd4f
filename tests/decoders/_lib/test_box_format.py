import numpy as np
import pytest

from calibrate.decoders._lib.box_format import format_of

CORNERS = [[10, 20, 30, 60], [0, 0, 5, 5]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (CORNERS, "xyxy"),
        ([[20, 40, 20, 40], [100, 50, 20, 10]], "cxcywh"),
        ([*CORNERS * 20, [9, 9, 5, 5]], "xyxy"),  # one of 41 boxes is inside out
        ([[0, 0, 0, 0], [-1, -1, -1, -1], [50, 50, 10, 10]], "cxcywh"),  # filling does not count
        ([], "xyxy"),
    ],
)
def test_formats(rows, expected):
    array = np.array(rows, np.float32).reshape(-1, 4)
    assert format_of([array]) == expected
    assert format_of([array[:1], array[1:]]) == expected


def test_no_samples():
    assert format_of([]) == "xyxy"
