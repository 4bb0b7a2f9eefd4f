"""What stands in a dataset for a class, and the id it becomes."""

import pytest

from calibrate.datasets.formats.class_ids import ClassIds
from calibrate.datasets.formats.label_lists import LabelList
from calibrate.errors import CalibrateError

NAMES = LabelList(("cat", "dog"), {"cat": 0, "n1": 0, "dog": 1})


@pytest.mark.parametrize(
    ("ids", "word", "expected"),
    [
        (ClassIds(LabelList()), "7", 7),
        (ClassIds(LabelList(), label_offset=1), "7", 6),
        (ClassIds(NAMES), "1", 1),
        (ClassIds(NAMES), "n1", 0),
        (ClassIds(NAMES), "dog", 1),
        (ClassIds(NAMES, {"x": 1, "9": 0}), "x", 1),
        (ClassIds(NAMES, {"x": 1, "9": 0}), "9", 0),
        (ClassIds(LabelList(), {"x": 1000}, label_offset=1), "x", 1000),
    ],
)
def test_id(ids, word, expected):
    assert ids.of(word) == expected


@pytest.mark.parametrize(
    ("ids", "word", "message"),
    [
        (ClassIds(LabelList()), "cat", "the label 'cat' is not a number"),
        (ClassIds(LabelList()), "-1", "label -1 is below 0"),
        (ClassIds(LabelList(), label_offset=1), "0", "label 0 is below 1"),
        (ClassIds(NAMES), "2", "label 2 is out of range: there are 2 label names; complete the"),
        (ClassIds(NAMES), "bird", "'bird' is not among the label names"),
        (ClassIds(NAMES, {"x": 2}), "x", "label x is out of range"),
        (ClassIds(NAMES, {"x": 2}), "1", "'1' is not in the label map"),
    ],
)
def test_no_class(ids, word, message):
    with pytest.raises(CalibrateError) as caught:
        ids.of(word)
    assert str(caught.value).startswith(message)
