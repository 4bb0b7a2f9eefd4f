"""Label names files and label maps of every form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.datasets.formats.label_lists import (
    LabelList,
    integer,
    labels_entry,
    names_of_map,
    parse_label_json,
    parse_label_map,
    parse_label_names,
    read_label_map,
    read_label_names,
)
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("lines", "names", "ids"),
    [
        (["cat", "dog", ""], ("cat", "dog"), {"cat": 0, "dog": 1}),
        (["great white shark"], ("great white shark",), {"great white shark": 0}),
        (["0 cat", "1 dog"], ("cat", "dog"), {"cat": 0, "dog": 1}),
        (["0: cat", "1: dog"], ("cat", "dog"), {"cat": 0, "dog": 1}),
        (["0,cat", "1,dog"], ("cat", "dog"), {"cat": 0, "dog": 1}),
        (["0", "1", "2"], ("0", "1", "2"), {"0": 0, "1": 1, "2": 2}),
        (["7 up", "cola"], ("7 up", "cola"), {"7 up": 0, "cola": 1}),
        (["crane", "crane", "cat"], ("crane", "crane", "cat"), {"cat": 2}),
        (
            ["n02012849 crane", "n03126707 crane"],
            ("crane", "crane"),
            {"n02012849": 0, "n03126707": 1},
        ),
        (["n01440764 tench", "other"], ("n01440764 tench", "other"), None),
        (["a\x1b[31m"], ("a\\x1b[31m",), {"a\x1b[31m": 0}),
    ],
)
def test_names(lines, names, ids):
    label_names = parse_label_names(lines, "labels.txt")
    assert label_names.names == names
    assert ids is None or label_names.ids == ids


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "labels.txt: the file names no class"),
        (["", " "], "labels.txt: the file names no class"),
        (["cat", "", "dog"], "labels.txt:2: the line is blank"),
        (
            ["n02012849 crane", "n02012849 cat"],
            "labels.txt: 'n02012849' is class 0 and class 1",
        ),
    ],
)
def test_bad_names(lines, message):
    with pytest.raises(CalibrateError) as caught:
        parse_label_names(lines, "labels.txt")
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('["cat", "dog"]', ("cat", "dog")),
        ('{"1": "dog", "0": "cat"}', ("cat", "dog")),
        ('{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}', ("tench", "goldfish")),
    ],
)
def test_json_names(text, names):
    assert parse_label_json(text, "x").names == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a list"),
        ("3", "not a list"),
        ('{"1": "cat"}', "keys are not the ids 0 to 0"),
        ('["cat", 3]', "neither names nor pairs"),
    ],
)
def test_bad_json_names(text, message):
    with pytest.raises(CalibrateError, match=message):
        parse_label_json(text, "x")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("cat 3\nbig dog 1\n", {"cat": 3, "big dog": 1}),
        ("cat: 3\n\ndog,1", {"cat": 3, "dog": 1}),
        ("cat\t3", {"cat": 3}),
        ('{"cat": 3}', {"cat": 3}),
    ],
)
def test_map(text, ids):
    assert parse_label_map(text, "map.txt") == ids


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "map.txt: the file maps nothing"),
        ("cat", "map.txt:1: this is not a word with its class id"),
        ("cat 1\ncat 2", "map.txt:2: 'cat' occurs twice"),
        ("cat -1", "map.txt:1: this is not"),
        ("cat 1_0", "map.txt:1: this is not"),
        ('{"cat": true}', "map.txt 'cat': this is not"),
        ('{"cat": "1"}', "map.txt 'cat': this is not"),
        ("{", "map.txt: the file is not JSON"),
    ],
)
def test_bad_map(text, message):
    with pytest.raises(CalibrateError) as caught:
        parse_label_map(text, "map.txt")
    assert str(caught.value).startswith(message)


@given(st.text())
def test_any_text_is_read_or_refused(text):
    for parse in (parse_label_json, parse_label_map):
        try:
            parse(text, "x")
        except CalibrateError:
            continue


def test_names_of_map():
    assert names_of_map({"cat": 2, "dog": 0, "kitten": 2}) == ("dog", "1", "cat")


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("-3", -3), ("+3", 3), ("3.0", None), ("", None), ("٣", None), ("1_0", None)],
)
def test_integer(text, number):
    assert integer(text) == number
    assert integer("9" * 5000) is None


def test_files(tmp_path):
    (tmp_path / "a.txt").write_text("cat\ndog\n")
    (tmp_path / "a.json").write_text('["cat"]')
    (tmp_path / "map").write_text("cat 3")
    assert read_label_names(None) == LabelList()
    assert read_label_names(tmp_path / "a.txt").names == ("cat", "dog")
    assert read_label_names(tmp_path / "a.json").names == ("cat",)
    assert read_label_map(None) == {}
    assert read_label_map({"a": 1}) == {"a": 1}
    assert read_label_map(tmp_path / "map") == {"cat": 3}


@pytest.mark.parametrize("text", ['{"labels": {"car": 1, "bus": 2}}', '{"car": 1, "bus": 2}'])
def test_ids_under_labels(text):
    assert labels_entry(text, "l.json") == {"car": 1, "bus": 2}


@pytest.mark.parametrize("text", ["[1]", '{"labels": ["car"]}', '{"labels": {"car": "a"}}'])
def test_no_ids_under_labels(text):
    with pytest.raises(CalibrateError, match=r"l\.json"):
        labels_entry(text, "l.json")
