"""Rows of CSV, TSV and JSON lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.tables import parse_table
from calibrate.errors import CalibrateError


def rows(text, form):
    findings = Findings("x")
    result = [(row.line, dict(row.cells)) for row in parse_table(text, form, findings)]
    findings.raise_any()
    return result


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("a, b\n1,2\n\n3,4\n", "csv", [(2, {"a": "1", "b": "2"}), (4, {"a": "3", "b": "4"})]),
        ('a,b\n"x, ""y""\nz",2\n', "csv", [(3, {"a": 'x, "y"\nz', "b": "2"})]),
        ("a;b\n1,5;2\n", "csv", [(2, {"a": "1,5", "b": "2"})]),
        ('"a, b";c\n"x;y";2\n', "csv", [(2, {"a, b": "x;y", "c": "2"})]),
        ("a;b,c\n1,2\n", "csv", [(2, {"a;b": "1", "c": "2"})]),
        ("a\tb\nx, y\t2\n", "csv", [(2, {"a": "x, y", "b": "2"})]),
        ("a\tb\nx, y\t2", "tsv", [(2, {"a": "x, y", "b": "2"})]),
        ('{"a": [1, 2]}\n\n{"b": null}', "jsonl", [(1, {"a": [1, 2]}), (3, {"b": None})]),
        ('[{"a": 1},\n {"a": 2}]', "json", [(1, {"a": 1}), (2, {"a": 2})]),
        ('{"a": 1}\n{"a": 2}', "json", [(1, {"a": 1}), (2, {"a": 2})]),
        (
            "-DOCSTART- O\n\nJim B-PER\nsleeps O\n\n\nYes O",
            "conll",
            [
                (4, {"words": ["Jim", "sleeps"], "tags": ["B-PER", "O"]}),
                (7, {"words": ["Yes"], "tags": ["O"]}),
            ],
        ),
        (
            "EU NNP I-NP B-ORG\n",
            "conll",
            [(1, {"words": ["EU"], "1": ["NNP"], "2": ["I-NP"], "tags": ["B-ORG"]})],
        ),
        ("", "csv", []),
        ("a,b\n", "csv", []),
    ],
)
def test_rows(text, form, expected):
    assert rows(text, form) == expected


@pytest.mark.parametrize(
    ("text", "form", "message"),
    [
        ("a,b\n1\n", "csv", "x:2: the row has 1 cells, the heading 2"),
        ("a,a\n1,2\n", "csv", "x:1: the column 'a' occurs twice"),
        ('a\n"1', "csv", "x:2: the quoting is broken"),
        ("{}\n[1]", "jsonl", "x:2: the line is not a JSON object"),
        ("[{}, 1]", "json", "x:2: the entry of the list is not a JSON object"),
        ("[{}", "json", "x:1: the file is not JSON"),
        ("a O\nb\n", "conll", "x:2: the line has 1 fields, the one before 2"),
        ("{}\n{", "jsonl", "x:2: the line is not JSON"),
        ("[" * 100_000, "jsonl", "x:1: the line is not JSON"),
    ],
)
def test_problems(text, form, message):
    with pytest.raises(CalibrateError) as caught:
        rows(text, form)
    assert str(caught.value).startswith(message)


@given(st.text(), st.sampled_from(["csv", "tsv", "jsonl"]))
def test_any_text_is_read_or_refused(text, form):
    for _ in parse_table(text, form, Findings("x")):
        pass
