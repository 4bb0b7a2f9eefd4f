"""Translate pydantic's validation errors into messages for authors of a YAML file."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails

from calibrate.config.suggest import advice
from calibrate.config.tree import kind

_EXPECTED = {
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "a whole number"
    ),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "a list"),
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type", "mapping_type"),
        "a mapping of keys",
    ),
    "finite_number": "a finite number",
    "none_required": "nothing",
    "path_type": "a path",
    "string_type": "text",
}

_LIMITS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}


def say(error: ErrorDetails) -> tuple[str, str]:
    """Return the message and the hint for one error at a known place."""
    kind_of, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind_of == "literal_error" and isinstance(value, str):
        return f"unknown '{value}'", advice(value, choices(error))
    if kind_of in _LIMITS:
        words, key = _LIMITS[kind_of]
        return f"has to be {words} {_number(context[key])}, got {kind(value)}", ""
    if kind_of in ("too_short", "too_long"):
        return _length(kind_of, context), ""
    if kind_of in ("value_error", "assertion_error"):
        return str(context["error"]), ""
    expected = expectation(error)
    reason = f"expected {expected}" if expected else error["msg"][:1].lower() + error["msg"][1:]
    return f"{reason}, got {kind(value)}", _type_hint(kind_of, value)


def say_union(errors: Sequence[ErrorDetails]) -> tuple[str, str]:
    """Return one message for the errors of all members of a union, located at the union."""
    value = errors[0]["input"]
    words = [word for error in errors for word in choices(error)]
    expected = list(dict.fromkeys(filter(None, map(expectation, errors))))
    if isinstance(value, str) and words and (advice(value, words).startswith("did")):
        return f"unknown '{value}'", advice(value, words)
    if len(expected) < len({error["type"] for error in errors}):
        # A member that accepts the type but refuses the value gives the helpful reason.
        return say(next(error for error in errors if expectation(error) is None))
    return f"expected {' or '.join(expected)}, got {kind(value)}", ""


def expectation(error: ErrorDetails) -> str | None:
    """Return what the type expects; None if the type was right and the value wrong."""
    if error["type"] == "literal_error":
        words = choices(error)
        if words:
            return " or ".join(f"'{word}'" for word in words)
        return str(error["ctx"]["expected"])
    return _EXPECTED.get(error["type"])


def choices(error: ErrorDetails) -> list[str]:
    """Return the allowed words of a field with a fixed choice."""
    if error["type"] != "literal_error":
        return []
    return re.findall(r"'([^']*)'", error["ctx"]["expected"])


def _length(kind_of: str, context: dict[str, Any]) -> str:
    few = kind_of == "too_short"
    count = context["min_length"] if few else context["max_length"]
    entries = "entry" if count == 1 else "entries"
    words = "at least" if few else "at most"
    return f"needs {words} {count} {entries}, has {context['actual_length']}"


def _type_hint(kind_of: str, value: object) -> str:
    if value is None:
        return "give it a value or leave the key out"
    if kind_of in ("string_type", "path_type") and isinstance(value, bool | int | float):
        return "put it in quotes"
    return ""


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
