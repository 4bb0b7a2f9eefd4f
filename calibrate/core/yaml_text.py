"""Types of unquoted YAML scalars, and values written so that they are read as the same types.

Types are those of YAML 1.2's core schema: `no` and `off` are words, `010` is ten, `1e-3` is a
number. (YAML 1.1, which PyYAML follows, sees false, eight and a text.)
"""

import re
from collections.abc import Mapping

import yaml

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# Longer runs of digits are no counts of anything, and Python refuses to convert the longest.
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_BASED = re.compile(r"0x[0-9a-fA-F]{1,32}|0o[0-7]{1,32}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def resolve(text: str) -> Scalar:
    """Return the value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _ENDLESS.fullmatch(text):
        return float(text.replace(".", "").lower())
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes texts that YAML 1.2 would read as another type; PyYAML looks for YAML 1.1's alone."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None if resolve(value) == value else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(content: Mapping[str, object]) -> str:
    """Return plain values as YAML text, in their order; empty for an empty mapping.

    Args:
        content: mappings, lists and scalars.
    """
    if not content:
        return ""
    return str(
        yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    )
