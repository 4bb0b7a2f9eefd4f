import pytest

from calibrate.datasets.formats.xml_tree import parse_xml
from calibrate.errors import CalibrateError


def test_elements_know_their_lines():
    root = parse_xml(b"<a>\n <b>x</b>\n\n <b>\n  y</b><c/></a>", "a.xml")
    assert (root.tag, root.line) == ("a", 1)
    assert [(b.line, b.text.strip()) for b in root.all("b")] == [(2, "x"), (4, "y")]
    assert root.first("c") is not None
    assert root.first("d") is None


def test_declared_encoding_is_read():
    root = parse_xml('<?xml version="1.0" encoding="latin-1"?><a>é</a>'.encode("latin-1"), "a.xml")
    assert root.text == "é"


LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<annotation>&b;</annotation>"""
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE, b'<!DOCTYPE a SYSTEM "http://x/"><a/>'])
def test_entities_are_refused(content):
    with pytest.raises(CalibrateError) as caught:
        parse_xml(content, "a.xml")
    assert str(caught.value) == (
        "a.xml: the XML declares a document type or entities, which are not read; "
        "remove the <!DOCTYPE ...> part"
    )


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (b"", "a.xml:1", "no element found"),
        (b"<a>\n<b></a>", "a.xml:2", "mismatched tag"),
        (b"<a>\xff</a>", "a.xml:1", "not well-formed"),
        (b"{}", "a.xml:1", "not well-formed"),
        (b"<a/>\n<b/>", "a.xml:2", "junk after document element"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "a.xml:1", "unknown encoding"),
        (b"<a>" * 100_000, "a.xml:1", "no element found"),
    ],
)
def test_broken_xml(content, place, message):
    with pytest.raises(CalibrateError, match=message) as caught:
        parse_xml(content, "a.xml")
    assert caught.value.where == place
