"""From a row of a table to what is true of it."""

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.datasets.formats.class_ids import ClassIds
from calibrate.datasets.formats.label_lists import LabelList
from calibrate.datasets.formats.row_targets import TargetSpec, parse_target
from calibrate.datasets.formats.tables import TableRow
from calibrate.errors import CalibrateError

IDS = ClassIds(LabelList(("cat", "dog", "bird"), {"cat": 0, "dog": 1, "bird": 2}))
ROW = TableRow(7, {"c": "dog", "n": 2, "v": "1.5", "l": "dog; cat;dog", "t": [4, 5], "0": "0"})
ROW.cells.update({"1.0": "1.0", "-1": -1, "-1.0": "-1.0", "blank": " ", "nan": None})
ROW.cells.update({"nih": "No Finding", "nih2": "cat|bird"})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (TargetSpec(), None),
        (TargetSpec("class", ("c",)), ClassLabel(1)),
        (TargetSpec("class", ("n",)), ClassLabel(2)),
        (TargetSpec("labels", ("l",)), LabelSet((0, 1))),
        (TargetSpec("labels", ("0", "0")), LabelSet(())),
        (TargetSpec("labels", ("0", "1.0", "-1", "-1.0")), LabelSet((1,), (2, 3))),
        (TargetSpec("labels", ("1.0", "blank", "nan")), LabelSet((0,))),
        (TargetSpec("labels", ("1.0", "blank", "nan"), blank="ignored"), LabelSet((0,), (1, 2))),
        (TargetSpec("labels", ("nih",)), LabelSet(())),
        (TargetSpec("labels", ("nih2",)), LabelSet((0, 2))),
    ],
)
def test_labels(spec, expected):
    assert parse_target(ROW, spec, IDS) == expected


def test_arrays():
    values = parse_target(ROW, TargetSpec("values", ("v", "n")), IDS)
    np.testing.assert_array_equal(values.values, np.array([1.5, 2], np.float32))
    tokens = parse_target(ROW, TargetSpec("tokens", ("t",), -1), IDS)
    assert tokens.tokens.tolist() == [4, 5]
    assert tokens.ignore == -1
    tags = TableRow(1, {"tags": ["bird", "cat"]})
    assert parse_target(tags, TargetSpec("tokens", ("tags",)), IDS).tokens.tolist() == [2, 0]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (TargetSpec("class", ("x",)), "there is no column 'x'; columns: c, n, v"),
        (
            TargetSpec("class", ("blan",)),
            r"there is no column 'blan'; did you mean 'blank'\? columns: c, n, v",
        ),
        (TargetSpec("class", ("t",)), "names no class"),
        (TargetSpec("class", ("v",)), "'1.5' is not among the label names"),
        (TargetSpec("values", ("c",)), "'dog' is not a number"),
        (TargetSpec("labels", ("0", "n")), "each of several target columns holds 0, 1, or -1"),
        (TargetSpec("labels", ("0", "blank"), blank="error"), "a cell of a label is empty"),
        (TargetSpec("tokens", ("v",)), "must contain only whole numbers"),
    ],
)
def test_problems(spec, message):
    with pytest.raises(CalibrateError, match=message):
        parse_target(ROW, spec, IDS)
