"""Describe a component from its class: docstring, parameters and example."""

import inspect
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from calibrate.core.component import Component

_WORDS: dict[object, str] = {
    NoneType: "null",
    bool: "true/false",
    float: "number",
    int: "whole number",
    str: "text",
    Path: "path",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key of a component."""

    name: str
    type: str
    required: bool
    default: object
    description: str


@dataclass(frozen=True, slots=True)
class Card:
    """The description of a component.

    Attributes:
        name: as a config spells it.
        summary: the first line of the docstring.
        description: the docstring without the example.
        example: the indented YAML of the docstring, or nothing.
        parameters: in the order of the class.
    """

    name: str
    summary: str
    description: str
    example: str
    parameters: Sequence[Parameter]


def card(name: str, class_: type[Component]) -> Card:
    """Return the card of a component."""
    # Not inspect.getdoc: a class without a docstring would inherit pydantic's.
    lines = inspect.cleandoc(class_.__doc__ or "").splitlines()
    prose = [line for line in lines if not line.startswith("  ")]
    yaml = [line for line in lines if line.startswith("  ") or not line]
    return Card(
        name=name,
        summary=lines[0] if lines else "",
        description=re.sub(r"\n*Example[^\n]*:+\s*$", "", "\n".join(prose)).strip(),
        example=textwrap.dedent("\n".join(yaml)).strip("\n"),
        parameters=[_parameter(field, info) for field, info in class_.model_fields.items()],
    )


def _parameter(name: str, info: FieldInfo) -> Parameter:
    return Parameter(
        name=info.alias or name,
        type=type_text(info.annotation),
        required=info.is_required(),
        default=None
        if info.is_required()
        else info.get_default(call_default_factory=True, validated_data={}),
        description=inspect.cleandoc(info.description or ""),
    )


def type_text(annotation: Any) -> str:  # noqa: ANN401  # whatever a field may be annotated with
    """Return a type in YAML terms: `whole number or [number, number]`, `'a' | 'b'`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_text(arguments[0])
    if origin in (Union, UnionType):
        return " or ".join(type_text(argument) for argument in arguments)
    if origin is Literal:
        return " | ".join(repr(argument) for argument in arguments)
    if origin in (tuple, list):
        shown = ["..." if argument is Ellipsis else type_text(argument) for argument in arguments]
        return f"[{', '.join(shown)}]"
    if origin in (dict, Mapping):
        return f"mapping of {type_text(arguments[0])} to {type_text(arguments[1])}"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)).lower())
