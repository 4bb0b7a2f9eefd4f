"""docs/report.md lists every field of the record; run this file to write the list anew."""

import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from calibrate.cli import exit_codes
from calibrate.report.facts import Record
from calibrate.report.formats.files import FILE_NAMES
from calibrate.report.schema import VERSION, Report

DOCUMENT = Path(__file__).parents[2] / "docs" / "report.md"
BEGIN, END = "<!-- fields: begin -->", "<!-- fields: end -->"
PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    object: "any",
    type(None): "null",
    ...: "…",
}


def fields() -> str:
    """A section a record, a line a field, with type and meaning."""
    return "\n".join(line for record in records(Report) for line in section(record))


def section(record: type[Record]) -> Iterator[str]:
    title = "The report" if record is Report else f"`{record.__name__}`"
    yield f"### {title}\n"
    yield f"{first_line(record)}\n"
    yield "| field | type | meaning |"
    yield "| --- | --- | --- |"
    for name, field in record.model_fields.items():
        meaning = (field.description or "").replace("\n", " ").replace("|", "\\|")
        optional = "" if field.is_required() else " (optional)"
        yield f"| `{name}` | {spelled(field.annotation)}{optional} | {meaning} |"
    yield ""


def first_line(record: type[Record]) -> str:
    return (record.__doc__ or "").strip().splitlines()[0]


def records(record: type[Record]) -> list[type[Record]]:
    """The record and all that it is made of, in the order of their fields, each once."""
    result = [record]
    for field in record.model_fields.values():
        for inner in within(field.annotation):
            result += [entry for entry in records(inner) if entry not in result]
    return result


def within(annotation: Any) -> Iterator[type[Record]]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for argument in get_args(annotation):
        yield from within(argument)


def spelled(annotation: Any) -> str:
    """A type in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is None:
        return PLAIN.get(annotation) or f"`{annotation.__name__}`"
    words = [f"`{entry}`" if isinstance(entry, str | int) else spelled(entry) for entry in inner]
    if origin is tuple and inner[-1] is Ellipsis:
        return f"list of {words[0]}"
    text = {
        typing.Annotated: words[0],
        tuple: f"[{', '.join(words)}]",
        dict: f"{words[-1]} by {words[0]}",
        typing.Literal: ", ".join(words).replace("``", "empty"),
    }
    return text.get(origin, " or ".join(words))


def documented() -> tuple[str, str, str]:
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    listed, _, after = rest.partition(END)
    return before, listed, after


def test_every_field_is_listed_as_it_is():
    assert documented()[1].strip() == fields().strip(), f"run python {Path(__file__).name}"


def test_every_field_is_documented():
    silent = [
        f"{record.__name__}.{name}"
        for record in records(Report)
        for name, field in record.model_fields.items()
        if not field.description
    ]
    assert silent == []


def test_forms_version_and_exit_codes_are_those_of_the_code():
    text = "".join((documented()[0], documented()[2]))
    assert all(f"`{name}`" in text for name in FILE_NAMES.values())
    assert f"version {VERSION}" in text
    codes = {name: code for name, code in vars(exit_codes).items() if isinstance(code, int)}
    assert all(f"| {value} |" in text for value in codes.values())


if __name__ == "__main__":
    first, _, last = documented()
    DOCUMENT.write_text(f"{first}{BEGIN}\n\n{fields().strip()}\n\n{END}{last}", encoding="utf-8")
