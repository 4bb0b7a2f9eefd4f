"""Lists of class names as fields."""

from typing import Annotated

from pydantic import AfterValidator


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"a class is named twice: {', '.join(doubled)}")
    if "" in names:
        raise ValueError("a class has an empty name")
    return names


ClassNames = Annotated[tuple[str, ...], AfterValidator(_distinct)]
"""Class names in the order of their ids, each once."""
