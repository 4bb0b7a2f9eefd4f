"""Expand `${VAR}` in the texts of a config."""

import re
from collections.abc import Mapping

from calibrate.core.variables import remember_value
from calibrate.core.yaml_text import Scalar, resolve
from calibrate.errors import CalibrateError

_VARIABLE = re.compile(
    r"\$\$\{"  # the characters themselves
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}"
    r"|\$\{"  # none of these: a mistake
)


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Replace `${VAR}` and `${VAR:-default}`; `$${` stands for the characters `${`.

    The default is taken where the variable is not set or empty, as a shell does. Values are
    hidden from messages and reports from then on.

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
        if default is not None and not environment.get(name):
            return default
        if name not in environment:
            raise CalibrateError(
                f"the environment variable {name} is not set",
                hint=f"set it, or write ${{{name}:-default}}",
            )
        remember_value(name, environment[name])
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
