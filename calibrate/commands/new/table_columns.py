"""Recognise the columns of a table: files, text, numbers, flags, labels."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calibrate.commands.new.data_guess import folders_in, is_file
from calibrate.datasets.formats.images import ENDINGS
from calibrate.datasets.formats.tables import TableRow

_ENDINGS = (*ENDINGS, *map(str.upper, ENDINGS))
_PAIRS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("text1", "text2"),
    ("text_a", "text_b"),
    ("question", "sentence"),
    ("query", "passage"),
)
"""Columns of two texts that a model reads together."""
_TEXTS = (
    *("text", "sentence", "review", "content", "question", "premise", "title", "body", "tweet"),
    *("message", "comment", "headline", "description", "utterance", "query", "document"),
)
_LONGEST_NAME = 250
"""Greatest number of characters of a cell that may name a file."""
ROWS = 200
"""Number of rows or lines of a file that are read."""


def inputs_of(
    rows: Sequence[TableRow], columns: Sequence[str], root: Path
) -> tuple[dict[str, Any] | None, Any]:
    """Return parameters of the adapter that name the model's inputs, and the kind of content.

    Args:
        rows: the first of the table.
        columns: its columns.
        root: the folder in or below which files that it names may be.
    """
    files = next((given for name in columns if (given := _files(rows[0], name, root))), None)
    if files:
        return files, "images"
    words = [name for name in columns if all_lists(rows, name, str)]
    labels = [name for name in columns if all_lists(rows, name, int) and "tag" in name.lower()]
    if words and (labels or len(words) > 1):
        return {"text_columns": {"text": words[0]}}, "text"
    lists = {name: name for name in columns if all_lists(rows, name)}
    if lists:
        return {"data_columns": lists}, "arrays"
    texts = _texts(rows, columns)
    return ({"text_columns": texts}, "text") if texts else ({}, "arrays")


def _files(row: TableRow, column: str, root: Path) -> dict[str, Any]:
    """Return parameters of a column that names files, with their ending or without."""
    value = row.cells[column]
    if not isinstance(value, str) or not 0 < len(value) < _LONGEST_NAME:
        return {}
    for folder in (root, *folders_in(root)):
        place = {} if folder == root else {"data_source": folder}
        if Path(value).suffix and is_file(folder / value):
            return {"file_column": column, **place}
        endings = [ending for ending in _ENDINGS if is_file(folder / f"{value}{ending}")]
        if endings:
            return {"file_column": column, "extension": endings[0], **place}
    return {}


def _texts(rows: Sequence[TableRow], columns: Sequence[str]) -> dict[str, str]:
    """Return the column of text, or the two that a model reads together, by their keys."""
    by_name = {name.lower(): name for name in columns}
    for pair in _PAIRS:
        if set(pair) <= set(by_name):
            text, second = (by_name[name] for name in pair)
            return {"text": text, "second": second}
    texts = [name for name in columns if _is_text(rows, name)]
    named = [name for name in texts if name.lower() in _TEXTS] or texts
    return {"text": named[0]} if named else {}


def is_conll(file: Path) -> bool:
    """Whether a text file holds a word with its tag on each line, and blank lines."""
    if file.suffix.lower() not in (".txt", ".conll"):
        return False
    with file.open(encoding="utf-8", errors="replace") as text:
        lines = [line.split() for _, line in zip(range(ROWS), text, strict=False)]
    tags = [line[-1] for line in lines if len(line) > 1]
    is_tagged = all(re.fullmatch(r"O|[BIESLU]-\S+", tag) for tag in tags)
    return len(tags) > 0 and is_tagged and [] in lines


def all_lists(
    rows: Sequence[TableRow], name: str, kind: type | tuple[type, ...] = (int, float)
) -> bool:
    """Whether every cell is a list of numbers (token ids, a mask) or of another kind."""
    return all(
        isinstance(cell := row.cells.get(name), list)
        and bool(cell)
        and all(isinstance(entry, kind) for entry in cell)
        for row in rows
    )


def _is_text(rows: Sequence[TableRow], name: str) -> bool:
    values = [row.cells[name] for row in rows if name in row.cells]
    words = [value for value in values if isinstance(value, str) and " " in value.strip()]
    if 2 * len(words) < len(values) or all_numbers(rows, name):
        return False
    return name.lower() in _TEXTS or len(set(words)) > 0.5 * len(words)


def all_numbers(rows: Sequence[TableRow], name: str) -> bool:
    """Return whether every cell is a number."""
    return all(as_number(row.cells.get(name)) is not None for row in rows)


def as_number(value: object) -> float | None:
    """Return the number in a cell, also if it is written as text; None for other cells."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def names_several(rows: Sequence[TableRow], name: str) -> bool:
    """Whether cells name several classes between bars, as NIH's tables do."""
    cells = [row.cells.get(name) for row in rows]
    return any(isinstance(cell, str) and "|" in cell.strip("|") for cell in cells)


def numbers_several(rows: Sequence[TableRow], name: str) -> bool:
    """Return whether cells list class numbers, such as `0 3` or nothing where no label is true."""
    cells = [row.cells.get(name) for row in rows]
    listed = [cell.split() for cell in cells if isinstance(cell, str)]
    numbers = [word for words in listed for word in words]
    return (
        len(listed) == len(cells)
        and any(len(words) > 1 for words in listed)
        and all(number.isdigit() for number in numbers)
    )


def is_flag(rows: Sequence[TableRow], name: str) -> bool:
    """Return whether every cell says yes, no, uncertain (-1) or nothing."""
    allowed = {"", "0", "1", "-1", "0.0", "1.0", "-1.0", "None", "nan"}
    return all(str(row.cells.get(name)) in allowed for row in rows)
