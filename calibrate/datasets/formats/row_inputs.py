"""What a table's row gives the model: numbers and text."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.text import shown
from calibrate.datasets.formats.cells import Dtype, numbers
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.paths import Stamp
from calibrate.datasets.formats.row_targets import cell
from calibrate.datasets.formats.tables import Format, TableRow, parse_table
from calibrate.datasets.formats.text import read_text
from calibrate.errors import CalibrateError


def input_numbers(row: TableRow, columns: str | tuple[str, ...], dtype: Dtype) -> NDArray[Any]:
    """Return the numbers of an input: those of a column, or one from each of several.

    Raises:
        CalibrateError: a cell is missing or contains something else.
    """
    if isinstance(columns, str):
        return numbers(cell(row, columns), dtype)
    parts = [numbers(cell(row, column), dtype).ravel() for column in columns]
    for column, part in zip(columns, parts, strict=True):
        if part.size != 1:
            raise CalibrateError(f"column '{shown(column)}' holds {part.size} numbers, not one")
    return np.concatenate(parts)


def input_text(row: TableRow, column: str) -> NDArray[np.str_]:
    """Return the text of a cell, or its list of words: [] or [N] of str.

    Raises:
        CalibrateError: the cell is missing or contains something else.
    """
    content = cell(row, column)
    words = isinstance(content, list) and all(isinstance(word, str) for word in content)
    if not isinstance(content, str) and not (words and content):
        raise CalibrateError(f"column '{shown(column)}' holds neither text nor a list of words")
    return np.array(content, np.str_)


# Threads read rows one by one, and reading a row means parsing the whole table.
@lru_cache(maxsize=2)
def input_rows(
    stamp: Stamp,
    form: Format,
    columns: tuple[tuple[str | tuple[str, ...], ...], tuple[str, ...]],
    dtype: Dtype,
) -> Sequence[Sequence[NDArray[Any]]]:
    """Return the inputs of every row: those of numbers, then those of text.

    Args:
        stamp: the table's file, with what tells that it has changed.
        form: how it is written.
        columns: of numbers, and of text.
        dtype: of the numbers.

    Raises:
        CalibrateError: the table cannot be read.
    """
    findings = Findings(shown(stamp.path))
    rows = parse_table(read_text(stamp.path), form, findings)
    of_numbers, of_text = columns
    inputs = [
        [
            *(input_numbers(row, column, dtype) for column in of_numbers),
            *(input_text(row, column) for column in of_text),
        ]
        for row in rows
    ]
    findings.raise_any()
    return inputs
