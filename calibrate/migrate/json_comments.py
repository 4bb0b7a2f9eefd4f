"""JSON with comments and trailing commas, as POT reads it."""

import json
import re
from typing import Any

from calibrate.config.compose import MAX_DEPTH
from calibrate.errors import CalibrateError

_TOKENS = re.compile(
    r'"(?:\\.|[^"\\\n])*"'  # a text, in which nothing is a comment
    r"|//[^\n]*"
    r"|/\*.*?\*/",
    re.DOTALL,
)
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_TRAILING = re.compile(r'("(?:\\.|[^"\\\n])*")|,(\s*[}\]])')


def loads(text: str, where: str) -> Any:  # noqa: ANN401  # what JSON can hold
    """The value of a JSON text.

    Raises:
        CalibrateError: it is no JSON, with the line.
    """
    without = _TOKENS.sub(_blank, text)
    without = _TRAILING.sub(lambda match: match[1] or f" {match[2]}", without)
    try:
        value = json.loads(without)
    except json.JSONDecodeError as error:
        message = f"this is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise CalibrateError(message, f"{where}:{error.lineno}") from error
    except RecursionError:
        raise CalibrateError(_TOO_DEEP, where) from None
    if _deeper(value, MAX_DEPTH):
        raise CalibrateError(_TOO_DEEP, where)
    return value


def _deeper(value: object, levels: int) -> bool:
    """Whether lists and mappings are nested deeper than so many levels."""
    children = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return levels < 0 or any(_deeper(child, levels - 1) for child in children)


def _blank(match: re.Match[str]) -> str:
    """A text as it is; a comment as its line ends, so that line numbers stay."""
    return match[0] if match[0].startswith('"') else "\n" * match[0].count("\n") or " "
