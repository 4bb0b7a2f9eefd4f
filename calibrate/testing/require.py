"""Helpers of the contract checks, which fail as assertions that say what is wrong."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component


def require(condition: object, message: str) -> None:
    """Raise an AssertionError with the message unless the condition is true."""
    if not condition:
        raise AssertionError(message)


def require_component(component: object) -> None:
    """Require a component that a config can name and whose parameters survive serialization."""
    name = type(component).__name__
    if not isinstance(component, Component):
        raise AssertionError(  # noqa: TRY004  # a check fails by one exception
            f"{name} is not derived from calibrate.Component"
        )
    require((type(component).__doc__ or "").strip(), f"{name} has no docstring to be listed with")
    again = type(component).model_validate(component.model_dump(exclude_unset=True, by_alias=True))
    require(again == component, f"{name} changes when it is written out and read again")
    for field, info in type(component).model_fields.items():
        require(info.description, f"{name}.{field} has no docstring: users cannot know it")


def same(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Return whether two arrays have the same dtype, shape and values (nan equals nan)."""
    return (
        first.dtype == second.dtype
        and first.shape == second.shape
        and np.array_equal(first, second, equal_nan=first.dtype.kind == "f")
    )
