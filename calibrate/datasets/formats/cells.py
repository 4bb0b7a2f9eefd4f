"""Parse cells of tables: text or JSON values to numbers and words."""

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
    """Return the numbers of a cell.

    Args:
        cell: a number, a list of numbers (nested for more dimensions), or text with numbers that
            spaces, commas, semicolons or bars separate, in brackets or not.
        dtype: of the result; integers out of its range are an error, never wrapped.

    Returns:
        [N] of `dtype` (more dimensions for nested lists).

    Raises:
        CalibrateError: the cell contains anything else, or a number that is not finite.
    """
    values: object = _split_numbers(cell) if isinstance(cell, str) else cell
    if isinstance(values, int | float):
        values = [values]
    if not isinstance(values, list) or not values:
        raise CalibrateError(f"{_cell_text(cell)} contains no numbers")
    try:
        array = np.array(values)
    except (ValueError, OverflowError) as error:
        raise CalibrateError(f"the lists in {_cell_text(cell)} differ in length") from error
    if not array.size:
        raise CalibrateError(f"{_cell_text(cell)} contains no numbers")
    fits = array.dtype.kind in ("if" if dtype == "float32" else "i")
    if not fits:
        kind = "numbers" if dtype == "float32" else "whole numbers"
        raise CalibrateError(f"{_cell_text(cell)} must contain only {kind}")
    if dtype != "float32":
        limits = np.iinfo(dtype)
        if array.min() < limits.min or array.max() > limits.max:
            raise CalibrateError(f"{_cell_text(cell)} contains a number out of range of {dtype}")
        return array.astype(dtype)
    if not np.abs(array).max() <= np.finfo(np.float32).max:
        raise CalibrateError(f"{_cell_text(cell)} contains a number that is not finite in float32")
    return array.astype(dtype)


def _split_numbers(cell: str) -> list[int | float]:
    parsed: list[int | float] = []
    for word in re.split(r"[\s,;|]+", cell.strip(" []()")):
        number = integer(word)
        if number is None and not _FLOAT.fullmatch(word):
            raise CalibrateError(f"'{shown(word)}' is not a number")
        parsed.append(float(word) if number is None else number)
    return parsed


def words(cell: object) -> Sequence[str]:
    """Return the words of a cell that names several classes.

    Args:
        cell: a list of words or whole numbers; or text with words that commas, semicolons or bars
            separate, or numbers that spaces do. An empty cell or list names none.

    Raises:
        CalibrateError: the cell contains anything else.
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
    """Return the word or whole number of a cell that names one class.

    Raises:
        CalibrateError: the cell is empty or holds anything else.
    """
    if isinstance(cell, str) and cell.strip():
        return cell.strip()
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell) if abs(cell) < 10**18 else "a number beyond int64"
    raise CalibrateError(f"{_cell_text(cell)} names no class")


def _cell_text(cell: object) -> str:
    text = shown(str(cell)[:40]) if not isinstance(cell, str) else shown(cell[:40])
    return f"the cell '{text}'"
