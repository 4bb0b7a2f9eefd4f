import pytest

from calibrate.errors import CalibrateError
from calibrate.migrate.json_comments import loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1} // end', {"a": 1}),
        ('{/* a\n */ "a": /* b */ 1}', {"a": 1}),
        ('{"url": "http://a/*b*/c"}', {"url": "http://a/*b*/c"}),
        ('{"a": "quote \\" // no comment"}', {"a": 'quote " // no comment'}),
        ('{"a": [1, 2,], "b": ",}",}', {"a": [1, 2], "b": ",}"}),
        ("[1, // one\n]", [1]),
    ],
)
def test_loads(text, value):
    assert loads(text, "pot.json") == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n/* two\nlines */\nrest', "pot.json:4: this is not valid JSON: extra data"),
        ("{a: 1}", "pot.json:1: this is not valid JSON: expecting property name"),
        ("[" * 100 + "]" * 100, "pot.json: nested deeper than 32 levels"),
        ("[" * 500_000, "pot.json: nested deeper than 32 levels"),
    ],
)
def test_bad_ones(text, message):
    with pytest.raises(CalibrateError) as caught:
        loads(text, "pot.json")
    assert str(caught.value).startswith(message)
