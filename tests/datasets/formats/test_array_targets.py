"""Arrays of labels to annotations."""

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.datasets.formats.array_targets import parse_targets
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.row_targets import TargetSpec
from calibrate.errors import CalibrateError


def parsed(array, kind, classes=0):
    findings = Findings("x")
    targets = list(parse_targets(np.array(array), TargetSpec(kind, ignore=-1), classes, findings))
    findings.raise_any()
    return targets


def test_annotations():
    assert parsed([3, 0], "class") == [ClassLabel(3), ClassLabel(0)]
    assert parsed([[3], [0]], "class", 4) == [ClassLabel(3), ClassLabel(0)]
    assert parsed([[1, 0, 1], [0, 0, 0]], "labels", 3) == [LabelSet((0, 2)), LabelSet(())]
    assert [v.values.tolist() for v in parsed([1.5, 2], "values")] == [[1.5], [2]]
    assert [v.values.tolist() for v in parsed([[1, 2], [3, 4]], "values")] == [[1, 2], [3, 4]]
    assert [v.values.tolist() for v in parsed([[[1], [2]]], "values")] == [[1, 2]]
    tokens = parsed([[1, -1]], "tokens")[0]
    assert (tokens.tokens.tolist(), tokens.tokens.dtype, tokens.ignore) == ([1, -1], np.int64, -1)


@pytest.mark.parametrize(
    ("array", "kind", "classes", "message"),
    [
        ([[0, 1], [1, 0]], "class", 0, r"the array is \[2, 2\], but target 'class' needs \[N\]"),
        ([0.0, 1.0], "class", 0, "the array is float64, but target 'class' needs integers"),
        ([0, -1], "class", 0, "x row 1: label -1 is out of range"),
        ([0, 4], "class", 4, "x row 1: label 4 is out of range: there are 4 label names"),
        ([1, 0], "labels", 0, r"target 'labels' needs \[N, C\]"),
        ([[1, 2]], "labels", 0, "x row 0: the row holds something else than 0 and 1"),
        ([[1, 0]], "labels", 3, "there are 2 columns for 3 label names"),
        ([[1.0, np.nan]], "values", 0, "x row 0: the row holds a number that is not finite"),
        ([1e300], "values", 0, "x row 0: the row holds a number that is not finite"),
        (1.0, "values", 0, "target 'values' needs"),
        ([[1.5]], "tokens", 0, "target 'tokens' needs integers"),
        ([[2**64 - 1]], "tokens", 0, "a token id is beyond int64"),
    ],
)
def test_problems(array, kind, classes, message):
    with pytest.raises(CalibrateError) as caught:
        parsed(array, kind, classes)
    caught.match(message)
