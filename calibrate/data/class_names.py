"""Lists of class names, as fields and as files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from calibrate.data.paths import shown
from calibrate.data.text import read_text, split_lines
from calibrate.errors import CalibrateError


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"a class is named twice: {', '.join(doubled)}")
    if "" in names:
        raise ValueError("a class has an empty name")
    return names


ClassNames = Annotated[tuple[str, ...], AfterValidator(_distinct)]
"""Class names in the order of their ids, each once."""


def read_class_names(path: Path) -> Sequence[str]:
    """Names of a text file with one a line; blank lines at its end are left out.

    Raises:
        CalibrateError: it cannot be read, is empty, or names a class twice.
    """
    names = tuple(line.strip() for line in split_lines(read_text(path)))
    while names and not names[-1]:
        names = names[:-1]
    if not names:
        raise CalibrateError("the list of class names is empty", shown(path))
    try:
        return _distinct(names)
    except ValueError as error:
        raise CalibrateError(str(error), shown(path)) from error
