"""Scalars keep their types from a value to YAML text and back."""

import math

import pytest

from calibrate.config.compose import Composer
from calibrate.config.tree import Place, plain
from calibrate.core.yaml_text import resolve, to_yaml


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("off", "off"),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("010", 10),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2024-01-02", "2024-01-02"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e-3", 0.001),
        ("-1.0E+2", -100.0),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("1e", "1e"),
        (".", "."),
        ("abc", "abc"),
        ("9" * 5000, math.inf),
    ],
)
def test_resolve(text, expected):
    resolved = resolve(text)
    assert resolved == expected
    assert type(resolved) is type(expected)


def test_resolve_nan():
    assert math.isnan(resolve(".nan"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        "08",
        "010",
        "1e-3",
        "0o10",
        "no",
        "null",
        "~",
        "",
        ".5",
        ".inf",
        "true",
        "a: b",
        8,
        0.001,
        True,
        None,
        [1, "1"],
        {"a": {"1": "1"}},
    ],
)
def test_what_is_written_is_read_as_the_same(tmp_path, value):
    composer = Composer(lambda line: Place(tmp_path / "c.yaml", "c.yaml", line), {})
    root = composer.compose(to_yaml({"key": value}))
    assert root is not None
    assert plain(root) == {"key": value}
    assert type(plain(root)["key"]) is type(value)


def test_nothing_is_an_empty_text():
    assert to_yaml({}) == ""
