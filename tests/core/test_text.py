import pytest

from calibrate.core.text import shapes_text


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ({"image": (1, 3, 8, 8), "mask": (-1, 8)}, "image [1, 3, 8, 8], mask [-1, 8]"),
        ({"x": ()}, "x []"),
        ({}, ""),
    ],
)
def test_shapes(shapes, expected):
    assert shapes_text(shapes) == expected
