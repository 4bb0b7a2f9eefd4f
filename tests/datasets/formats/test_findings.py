"""All problems are counted, the first twenty are listed."""

import pytest

from calibrate.datasets.formats.findings import SHOWN, Findings, raise_problems
from calibrate.errors import CalibrateError, Problems


def test_nothing_found():
    Findings("val.txt").raise_any()


def test_one_problem_is_itself():
    findings = Findings("val.txt")
    findings.add("no label", 17, "write one")
    with pytest.raises(CalibrateError, match=r"^val.txt:17: no label; write one$") as caught:
        findings.raise_any()
    assert not isinstance(caught.value, Problems)


def test_many_problems_are_cut_and_counted():
    findings = Findings("val.txt")
    for line in range(1000):
        findings.add("no label", f"record {line}")
    with pytest.raises(Problems) as caught:
        findings.raise_any()
    lines = str(caught.value).split("\n")
    assert len(lines) == SHOWN + 1
    assert lines[0] == "val.txt record 0: no label"
    assert lines[-1] == "1000 problems in all, of which the first 20 are listed"


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (20, 20), (21, 21), (22, 21)])
def test_lists_are_cut_alike(count, lines):
    with pytest.raises(CalibrateError) as caught:
        raise_problems([CalibrateError("no label", f"val.txt:{line}") for line in range(count)])
    assert len(str(caught.value).split("\n")) == lines
    raise_problems([])
