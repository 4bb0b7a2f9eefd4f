from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from calibrate.cli.catalog import Parameter, card, type_text
from calibrate.core.component import AnchoredPath, Component


class Thing(Component):
    """Does one thing.

    And says more of it,
    on two lines.

    Example:
        metrics:
          - type: thing

          - {type: thing, size: 3}
    """

    path: AnchoredPath
    """Where it is."""
    size: int | None = Field(default=None, alias="extent")
    """How large it is,
    in pixels."""


class Silent(Component):
    pass


def test_a_card():
    shown = card("thing", Thing)
    assert (shown.name, shown.summary) == ("thing", "Does one thing.")
    assert shown.description == "Does one thing.\n\nAnd says more of it,\non two lines."
    assert shown.example == "metrics:\n  - type: thing\n\n  - {type: thing, size: 3}"
    assert shown.parameters == [
        Parameter("path", "path", required=True, default=None, description="Where it is."),
        Parameter(
            "extent",
            "whole number or null",
            required=False,
            default=None,
            description="How large it is,\nin pixels.",
        ),
    ]


def test_a_class_without_words_has_none():
    shown = card("silent", Silent)
    assert (shown.summary, shown.description, shown.example, shown.parameters) == ("", "", "", [])


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, "whole number"),
        (float | None, "number or null"),
        (bool, "true/false"),
        (Path, "path"),
        (Literal["a", "b"], "'a' | 'b'"),
        (Literal["auto"] | float, "'auto' or number"),
        (tuple[int, int], "[whole number, whole number]"),
        (tuple[float, ...], "[number, ...]"),
        (list[str], "[text]"),
        (dict[str, int], "mapping of text to whole number"),
        (Mapping[str, int], "mapping of text to whole number"),
        (Annotated[int, Field(ge=0)], "whole number"),
        (Any, "any"),
    ],
)
def test_type_text(annotation, expected):
    assert type_text(annotation) == expected
