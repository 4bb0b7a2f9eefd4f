import numpy as np
import pytest

from calibrate.decoders._lib.level_outputs import joined_rows, level_roles
from calibrate.errors import CalibrateError

HEAD = ((18, None, None), (None, None, 18))


@pytest.mark.parametrize(
    ("shapes", "named", "strides", "expected"),
    [
        ({"a": (18, 4, 4), "b": (18, 8, 8)}, None, (8, 16), ["b", "a"]),
        ({"a": (18, 4, 4), "b": (18, 8, 8)}, None, (16, 8), ["a", "b"]),
        ({"a": (4, 4, 18), "b": (8, 8, 18), "c": (5, 2)}, None, (8, 16), ["b", "a"]),
        ({"a": (18, 4, 4), "b": (18, 8, 8), "c": (18, 8, 8)}, ("c", "a"), (8, 16), ["c", "a"]),
        ({"a": (18, -1, -1), "b": (18, -1, -1)}, None, (8, 16), ["a", "b"]),
    ],
)
def test_levels(shapes, named, strides, expected):
    result = level_roles(shapes, [HEAD, HEAD], named, strides)
    assert result == {"level 0": expected[0], "level 1": expected[1]}


@pytest.mark.parametrize(
    ("shapes", "named", "message"),
    [
        (
            {"a": (18, 4, 4), "b": (9, 8, 8)},
            None,
            (
                "strides [8, 16] need 2 heads of [18, *, *] or [*, *, 18], and 1 outputs are such; "
                "check `classes` and `strides`; the model's outputs without the batch: "
                "'a' [18, 4, 4], 'b' [9, 8, 8]"
            ),
        ),
        ({}, ("a",), "outputs: 2 strides need as many outputs, and 1 are named"),
        (
            {"a": (18, 4, 4), "b": (9, 8, 8)},
            ("a", "b"),
            (
                "outputs: output 'b' of shape [9, 8, 8] cannot be the level 1, "
                "which are [18, *, *] or [*, *, 18]"
            ),
        ),
    ],
)
def test_problems(shapes, named, message):
    with pytest.raises(CalibrateError) as caught:
        level_roles(shapes, [HEAD, HEAD], named, (8, 16))
    assert str(caught.value) == message


@pytest.mark.parametrize("shape", [(10, 6), (6, 10), (1, 6, 10), (6, 6)])
def test_rows(shape):
    assert joined_rows(np.zeros(shape, np.float32), 6).shape[1] == 6
