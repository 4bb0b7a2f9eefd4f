"""Guess datasets in tables and lists, and the use of each column."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, cast

from calibrate.commands.new.data_guess import (
    DataGuess,
    is_file,
    names_file,
    preference,
    sorted_files,
)
from calibrate.commands.new.table_columns import (
    ROWS,
    all_lists,
    all_numbers,
    as_number,
    inputs_of,
    is_conll,
    is_flag,
    names_several,
    numbers_several,
)
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.row_targets import NO_FINDING
from calibrate.datasets.formats.tables import ENDINGS, Format, TableRow, parse_table
from calibrate.datasets.formats.text import read_text
from calibrate.errors import CalibrateError

_TYPES: Mapping[Format, str] = {"jsonl": "jsonl", "json": "jsonl", "conll": "conll"}
_TRUTHS = (
    "label",
    "labels",
    "class",
    "class_id",
    "target",
    "category",
    "y",
    "sentiment",
    "findings",
)
_ORDER = (
    "The table names classes by words: `label_map` numbers them by the alphabet. Put the order of "
    "the model's outputs there."
)
_LEFT_OUT = (
    "Columns with texts or empty cells, and those that number the rows, are not fed: {}. "
    "Name those that the model takes in `data_columns`, encoded as it was trained."
)
_IDS = ("", "id", "index", "row_id", "unnamed: 0")
LISTS = (".txt", *ENDINGS)
"""Endings of lists and tables, in lower case."""


def listed_data(path: Path) -> Iterator[DataGuess]:
    """Yield lists, tables and text files of a folder, those of the preferred split first."""
    files = [file for file in sorted_files(path.iterdir()) if file.suffix.lower() in LISTS]
    for file in sorted(files, key=preference):
        yield from table_data(file, path)
        yield from list_data(file, path)


def list_data(file: Path, root: Path) -> Iterator[DataGuess]:
    """Yield a list of image files and class numbers."""
    if file.suffix.lower() not in (".txt", ".csv"):
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        rows = [line.strip() for _, line in zip(range(2), lines, strict=False)]
    for row in rows:
        name, _, label = row.replace(",", " ").replace("\t", " ").rpartition(" ")
        if label.isdigit() and is_file(root / name.strip()):
            adapter: dict[str, Any] = {"type": "image_list", "annotation": file}
            names = names_file(root)
            if names is not None and names != file:
                adapter["labels"] = names
            yield DataGuess(adapter, "class", f"{file.name} lists files and classes")
            return


def table_data(file: Path, root: Path) -> Iterator[DataGuess]:
    """Yield a table with headings: images, text or features, and the label of each row."""
    stated = ENDINGS.get(file.suffix.lower())
    form = "conll" if is_conll(file) else stated
    if form is None:
        return
    findings = Findings(str(file))
    try:
        rows = list(islice(parse_table(read_text(file), form, findings), ROWS))
    except CalibrateError:
        return  # the adapter reports the problem if the user names the file
    if not rows or findings.count:
        return
    columns = list(rows[0].cells)
    if form in ("csv", "tsv") and any(as_number(name) is not None for name in columns):
        return  # the first line is no heading
    inputs, content = inputs_of(rows, columns, root)
    if inputs is None:
        return
    used = {str(value) for value in inputs.values() if isinstance(value, str)}
    used |= {*inputs.get("text_columns", {}).values(), *inputs.get("data_columns", {}).values()}
    truth = _truth(rows, [name for name in columns if name not in used])
    adapter: dict[str, Any] = {"type": _TYPES.get(form, "csv"), "annotation": file}
    if form != stated:
        adapter["format"] = form
    adapter |= {**inputs, **truth}
    left_out: list[str] = []
    if content == "arrays" and "data_columns" not in inputs:
        given = truth.get("target_columns", ())
        targets = {given} if isinstance(given, str) else set(given)
        others = [name for name in columns if name not in targets]
        features = [name for name in others if name.lower() not in _IDS and all_numbers(rows, name)]
        if not features:
            return
        left_out = [name for name in others if name not in features]
        adapter |= {"data_columns": {"features": features}, "data_type": "float32"}
    kind = truth.get("target", "none")
    doubts = (_ORDER,) if "label_map" in truth else ()
    if left_out:
        doubts = (*doubts, _LEFT_OUT.format(", ".join(left_out)))
    reason = f"{file.name} is a table with the columns {', '.join(columns[:8])}"
    yield DataGuess(adapter, kind, reason, content=content, doubts=doubts)


def _truth(rows: Sequence[TableRow], columns: Sequence[str]) -> dict[str, Any]:
    tags = [name for name in columns if all_lists(rows, name, (str, int))]
    if tags:
        return _of_tags(rows, tags[-1])
    named = [name for name in columns if name.lower().replace(" ", "_") in _TRUTHS]
    name = named[0] if named else None
    flags = [column for column in columns if is_flag(rows, column)]
    several = [column for column in columns if names_several(rows, column)]
    if several:
        classes = {word for row in rows for word in str(row.cells.get(several[0])).split("|")}
        ids = {word: place for place, word in enumerate(sorted(classes - {NO_FINDING, ""}))}
        return {"target": "labels", "target_columns": several[0], "label_map": ids}
    numbered = [column for column in columns if numbers_several(rows, column)]
    if numbered:
        return {"target": "labels", "target_columns": numbered[0]}
    if name is None and len(flags) > 1:
        return {"target": "labels", "target_columns": flags}
    if name is None:
        rest = [column for column in columns if "id" not in column.lower()]
        name = rest[-1] if rest else None
    if name is None:
        return {}
    return _of_column([row.cells.get(name) for row in rows], name)


def _of_tags(rows: Sequence[TableRow], name: str) -> dict[str, Any]:
    """Return a class for each word: numbers, or tags, `O` first and others by the alphabet."""
    truth = {"target": "tokens", "target_columns": name}
    tags = {tag for row in rows for tag in cast("list[object]", row.cells[name])}
    if all(isinstance(tag, int) for tag in tags):
        return truth
    # Entities together, as trainers number them: O, B-LOC, I-LOC, B-PER, I-PER.
    ordered = sorted(map(str, tags), key=lambda tag: (tag != "O", tag[2:], tag))
    return {**truth, "label_map": {tag: place for place, tag in enumerate(ordered)}}


def _of_column(values: Sequence[object], name: str) -> dict[str, Any]:
    """Return a class by number or word, or a value to regress, whichever a column contains."""
    numbers = [as_number(value) for value in values]
    if all(number is not None for number in numbers):
        whole = all(
            number is not None and number.is_integer() and number >= 0 for number in numbers
        )
        return {"target": "class" if whole else "values", "target_columns": name}
    words = sorted({str(value) for value in values})
    if len(words) > max(2, len(values) // 2):
        return {}
    ids = {word: place for place, word in enumerate(words)}
    return {"target": "class", "target_columns": name, "label_map": ids}
