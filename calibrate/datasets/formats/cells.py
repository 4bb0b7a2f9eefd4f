"""Cells of tables: text or JSON values to numbers and words."""

import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.text import shown
from calibrate.datasets.formats.label_lists import integer
from calibrate.errors import CalibrateError

Dtype = Literal["int64", "int32", "float32"]

_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def numbers(cell: object, dtype: Dtype) -> NDArray[Any]:
    """The numbers of a cell.

    Args:
        cell: a number, a list of numbers (nested for more dimensions), or text with numbers that
            spaces, commas, semicolons or bars separate, in brackets or not.
        dtype: of the result; integers are refused where they do not fit, never wrapped.

    Returns:
        [N] of `dtype` (more dimensions for nested lists).

    Raises:
        CalibrateError: the cell holds anything else, or a number that is not finite.
    """
    values: object = _split_numbers(cell) if isinstance(cell, str) else cell
    if isinstance(values, int | float):
        values = [values]
    if not isinstance(values, list) or not values:
        raise CalibrateError(f"{_told(cell)} holds no numbers")
    try:
        found = np.array(values)
    except (ValueError, OverflowError) as error:
        raise CalibrateError(f"the lists in {_told(cell)} differ in length") from error
    if not found.size:
        raise CalibrateError(f"{_told(cell)} holds no numbers")
    fits = found.dtype.kind in ("if" if dtype == "float32" else "i")
    if not fits:
        kind = "numbers" if dtype == "float32" else "whole numbers"
        raise CalibrateError(f"{_told(cell)} does not hold {kind} alone")
    if dtype != "float32":
        limits = np.iinfo(dtype)
        if found.min() < limits.min or found.max() > limits.max:
            raise CalibrateError(f"{_told(cell)} holds a number beyond {dtype}")
        return found.astype(dtype)
    if not np.abs(found).max() <= np.finfo(np.float32).max:
        raise CalibrateError(f"{_told(cell)} holds a number that is not finite in float32")
    return found.astype(dtype)


def _split_numbers(cell: str) -> list[int | float]:
    found: list[int | float] = []
    for word in re.split(r"[\s,;|]+", cell.strip(" []()")):
        number = integer(word)
        if number is None and not _FLOAT.fullmatch(word):
            raise CalibrateError(f"'{shown(word)}' is not a number")
        found.append(float(word) if number is None else number)
    return found


def words(cell: object) -> Sequence[str]:
    """The words of a cell that names several classes.

    Args:
        cell: a list of words or whole numbers; or text with words that commas, semicolons or bars
            separate, or numbers that spaces do. An empty cell or list names none.

    Raises:
        CalibrateError: the cell holds anything else.
    """
    if isinstance(cell, str):
        parts = [part.strip() for part in re.split(r"[,;|]", cell.strip(" []"))]
        spaced = cell.split()
        if all(integer(word) is not None for word in spaced):
            return spaced
        return [part for part in parts if part]
    entries = cell if isinstance(cell, list) else [cell]
    return [word(entry) for entry in entries]


def word(cell: object) -> str:
    """The word or whole number of a cell that names one class.

    Raises:
        CalibrateError: the cell is empty or holds anything else.
    """
    if isinstance(cell, str) and cell.strip():
        return cell.strip()
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell) if abs(cell) < 10**18 else "a number beyond int64"
    raise CalibrateError(f"{_told(cell)} names no class")


def _told(cell: object) -> str:
    text = shown(str(cell)[:40]) if not isinstance(cell, str) else shown(cell[:40])
    return f"the cell '{text}'"
