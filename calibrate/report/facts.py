"""The base of every record of the report: immutable, complete, and always writable as JSON."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from calibrate.report.formats.escape import utf8

SetName = Literal["search", "acceptance"]

Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Record(BaseModel):
    r"""A part of the report: immutable, every field stated, and always writable as JSON.

    Numbers that JSON does not have are the strings `NaN`, `Infinity` and `-Infinity`; bytes of
    file names that are not UTF-8 are escapes, `\xff`.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, ser_json_inf_nan="strings"
    )

    @model_validator(mode="before")
    @classmethod
    def _as_utf8(cls, given: object) -> object:
        return _writable(given)


def _writable(given: object) -> object:
    """Return plain values with texts that UTF-8 can encode."""
    if isinstance(given, str):
        return utf8(given)
    if isinstance(given, Mapping):
        return {_writable(key): _writable(entry) for key, entry in given.items()}
    if isinstance(given, list | tuple):
        return type(given)(_writable(entry) for entry in given)
    return given
