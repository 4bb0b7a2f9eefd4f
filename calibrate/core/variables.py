"""Values that `${VAR}` had in configs: messages, logs and reports show the expression instead.

A token or a folder named after a patient gets into no file in this way. The list is one for the
process, as the texts come from everywhere.
"""

from pathlib import Path

from calibrate.core.text import shown

SHORTEST = 6
"""Letters of a value that is hidden; words and numbers with fewer stand in too many other texts."""

_expressions: dict[str, str] = {}


def remember_value(name: str, value: str) -> None:
    """Hide the value of an environment variable from now on, as written and as a path shows it."""
    for form in {value, str(Path(value)), shown(value)}:
        if len(form) >= SHORTEST:
            _expressions[form] = f"${{{name}}}"


def forget_values() -> None:
    """Hide nothing any more: the next command reads configs of its own."""
    _expressions.clear()


def without_values(text: str) -> str:
    """The text with `${NAME}` in place of every value that is remembered."""
    # A value may be part of another one.
    for value in sorted(_expressions, key=len, reverse=True):
        text = text.replace(value, _expressions[value])
    return text
