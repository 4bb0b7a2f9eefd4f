import json

import pytest

from calibrate.core import bounded_json
from calibrate.core.bounded_json import parse_json


@pytest.mark.parametrize("text", ['{"a": [1, 2.5, null, "ü"]}', "[]", "1", '"text"'])
def test_values_come_back(text):
    assert parse_json(text) == parse_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("[" * 65 + "]" * 65, "nested deeper than 64 levels"),
        ('{"a":' * 200_000 + "1" + "}" * 200_000, "nested deeper than 64 levels"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        ("1" * 5000, "Exceeds the limit"),
    ],
)
def test_what_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        parse_json(data)


def test_depth_at_the_bound_is_read():
    assert parse_json("[" * 63 + "]" * 63)


def test_size_is_bounded(monkeypatch):
    monkeypatch.setattr(bounded_json, "MAX_BYTES", 1 << 20)
    with pytest.raises(ValueError, match="larger than 1 MiB"):
        parse_json('"' + "a" * (1 << 20) + '"')
