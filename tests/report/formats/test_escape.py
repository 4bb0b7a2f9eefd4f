from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.report.formats.escape import code, markdown, printable, utf8, xml


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", "plain"), ("é", "é"), ("a\udcff", "a\\xff"), ("\ud800b", "\\ud800b")],
)
def test_utf8(text, expected):
    assert utf8(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("layer 1", "layer 1"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb", "a\\nb"),
        ("\u202eabc", "\\u202eabc"),
        ("naïve 日本", "naïve 日本"),
    ],
)
def test_printable(text, expected):
    assert printable(text) == expected


def test_printable_keeps_lines_where_they_may_stay():
    assert printable("a\n\tb\x07", lines=True) == "a\n\tb\\x07"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b*c", "a\\_b\\*c"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("a|b", "a\\|b"),
        ("[x](http://y)", "\\[x\\](http:<!-- -->//y)"),
        ("by @name, #12", "by @<!-- -->name, #<!-- -->12"),
        ("accuracy@1", "accuracy@1"),
        ("a\nb", "a\\\\nb"),
    ],
)
def test_markdown(text, expected):
    assert markdown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv", "`conv`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a``b`", "``` a``b` ```"),
        ("a|b", "`a\\|b`"),
        ("", "` `"),
        (" a", "`  a `"),
        ("<b>", "`<b>`"),
    ],
)
def test_code(text, expected):
    assert code(text) == expected


@given(st.text(st.characters(codec=None)))
def test_xml_is_always_accepted_by_a_parser(text):
    element = ET.Element("a", {"name": xml(text)})
    element.text = xml(text)
    ET.fromstring(ET.tostring(element, encoding="unicode"))


@given(st.text())
def test_printable_is_printable(text):
    assert printable(text).isprintable()


@given(st.text())
def test_a_code_span_never_ends_early(text):
    shown = code(text)
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    inside = shown[len(fence) : -len(fence)]
    assert shown.endswith(fence)
    assert fence not in inside
    assert "\n" not in shown
