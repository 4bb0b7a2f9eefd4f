"""Cells of tables: what is a number, what a word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.datasets.formats.cells import numbers, word, words
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("cell", "dtype", "expected"),
    [
        ("3", "int64", [3]),
        (3, "int64", [3]),
        ("1 2  3", "int64", [1, 2, 3]),
        ("[1, 2, 3]", "int32", [1, 2, 3]),
        ("1;2|3", "int64", [1, 2, 3]),
        ([1, 2], "int64", [1, 2]),
        ([[1, 2], [3, 4]], "int64", [[1, 2], [3, 4]]),
        ("0.5 -1e3 7", "float32", [0.5, -1000, 7]),
        ([0.5, 1], "float32", [0.5, 1]),
        (".5", "float32", [0.5]),
    ],
)
def test_numbers(cell, dtype, expected):
    result = numbers(cell, dtype)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, np.array(expected, dtype))


@pytest.mark.parametrize(
    ("cell", "dtype", "message"),
    [
        ("", "int64", "'' is not a number"),
        ("1 x", "int64", "'x' is not a number"),
        ("1_000", "int64", "'1_000' is not a number"),
        ("nan", "float32", "'nan' is not a number"),
        (float("nan"), "float32", "not finite"),
        ([float("inf")], "float32", "not finite"),
        ("1e39", "float32", "not finite in float32"),
        ("1.5", "int64", "must contain only whole numbers"),
        (2**31, "int32", "contains a number out of range of int32"),
        ("9" * 18, "int32", "contains a number out of range of int32"),
        (10**30, "int64", "must contain only whole numbers"),
        (True, "int64", "must contain only whole numbers"),
        ([1, "2"], "int64", "must contain only whole numbers"),
        ([[1], [2, 3]], "int64", "differ in length"),
        ([], "int64", "contains no numbers"),
        ([[]], "float32", "contains no numbers"),
        (None, "float32", "the cell 'None' contains no numbers"),
        ({"a": 1}, "float32", "contains no numbers"),
    ],
)
def test_no_numbers(cell, dtype, message):
    with pytest.raises(CalibrateError, match=message):
        numbers(cell, dtype)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("cat", ["cat"]),
        ("cat; big dog", ["cat", "big dog"]),
        ("cat,dog", ["cat", "dog"]),
        ("1 5 7", ["1", "5", "7"]),
        ("[1, 5]", ["1", "5"]),
        ("", []),
        ([], []),
        (["cat", 3], ["cat", "3"]),
        (3, ["3"]),
    ],
)
def test_words(cell, expected):
    assert list(words(cell)) == expected


@pytest.mark.parametrize("cell", [None, True, 1.5, "", " ", [], {}])
def test_no_word(cell):
    with pytest.raises(CalibrateError, match="names no class"):
        word(cell)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from(["int64", "int32", "float32"]))
def test_any_cell_is_read_or_refused(cell, dtype):
    for read in (lambda c: numbers(c, dtype), words, word):
        try:
            read(cell)
        except CalibrateError:
            continue
