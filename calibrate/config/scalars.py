"""Convert unquoted YAML scalars to values and expand `${VAR}` in them.

Types are those of YAML 1.2's core schema: `no` and `off` are words, `010` is ten, `1e-3` is a
number. (YAML 1.1, which PyYAML follows, sees false, eight and a text.)
"""

import re
from collections.abc import Mapping

from calibrate.config.tree import Scalar
from calibrate.errors import CalibrateError

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

_VARIABLE = re.compile(
    r"\$\$\{"  # the characters themselves
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}"
    r"|\$\{"  # none of these: a mistake
)


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


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Replace `${VAR}` and `${VAR:-default}`; `$${` stands for the characters `${`.

    The default is taken where the variable is not set or empty, as a shell does.

    Raises:
        CalibrateError: a variable is not set and has no default, or `${` begins none.
    """

    def value(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if match[0] == "$${":
            return "${"
        if name is None:
            raise CalibrateError(
                "'${' begins no variable",
                hint="write ${NAME} or ${NAME:-default}, or $${ for the characters themselves",
            )
        if default is not None:
            return environment.get(name) or default
        if name not in environment:
            raise CalibrateError(
                f"the environment variable {name} is not set",
                hint=f"set it, or write ${{{name}:-default}}",
            )
        return environment[name]

    return _VARIABLE.sub(value, text)


def expanded_value(text: str, environment: Mapping[str, str]) -> Scalar:
    """Return the value of a recorded text with variables; a single variable keeps its value's type.

    Raises:
        CalibrateError: as `expand`.
    """
    expanded = expand(text, environment)
    return resolve(expanded) if is_one_variable(text) else expanded


def is_one_variable(text: str) -> bool:
    """Return whether the text is exactly one variable, which then keeps its value's type."""
    match = _VARIABLE.fullmatch(text)
    return match is not None and match["name"] is not None
