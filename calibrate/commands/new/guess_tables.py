"""Datasets in tables, lists and arrays: what each column or array could be."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from calibrate.commands.new.data_guess import DataGuess, folders_in, names_file, preference
from calibrate.core.sample import IMAGE
from calibrate.datasets.formats.array_files import array_names, load_array
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.row_targets import NO_FINDING
from calibrate.datasets.formats.tables import Format, TableRow, parse_table
from calibrate.datasets.formats.text import read_text
from calibrate.errors import CalibrateError

_FORMATS: Mapping[str, Format] = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl"}
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
_TEXTS = ("text", "sentence", "review", "content", "question", "premise", "title")
_ORDER = (
    "The table names classes by words: `label_map` numbers them by the alphabet. Put the order of "
    "the model's outputs there."
)
_LABEL_ARRAYS = ("y", "label", "labels", "target", "targets", "mask", "masks", "class", "classes")
_ROWS = 200


def listed_data(path: Path) -> Iterator[DataGuess]:
    """Lists, tables and text files of a folder, those of the preferred split first."""
    files = [file for file in path.iterdir() if file.suffix in (".txt", *_FORMATS)]
    for file in sorted(files, key=preference):
        yield from table_data(file, path)
        yield from list_data(file, path)


def list_data(file: Path, root: Path) -> Iterator[DataGuess]:
    """A list of image files and class numbers."""
    if file.suffix not in (".txt", ".csv"):
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        rows = [line.strip() for _, line in zip(range(2), lines, strict=False)]
    for row in rows:
        name, _, label = row.replace(",", " ").replace("\t", " ").rpartition(" ")
        if label.isdigit() and (root / name.strip()).is_file():
            adapter: dict[str, Any] = {"type": "image_list", "annotation": file}
            names = names_file(root)
            if names is not None and names != file:
                adapter["labels"] = names
            yield DataGuess(adapter, "class", f"{file.name} lists files and classes")
            return


def table_data(file: Path, root: Path) -> Iterator[DataGuess]:
    """A table with headings: images, text or features, and what is true of each row."""
    form = _FORMATS.get(file.suffix)
    if form is None:
        return
    findings = Findings(str(file))
    try:
        rows = [
            r
            for _, r in zip(
                range(_ROWS), parse_table(read_text(file), form, findings), strict=False
            )
        ]
    except CalibrateError:
        return  # the adapter says more if the user names it
    if not rows or findings.count:
        return
    columns = list(rows[0].cells)
    inputs, content = _inputs(rows, columns, root)
    if inputs is None:
        return
    used = {str(value) for value in inputs.values() if isinstance(value, str)}
    used |= {*inputs.get("text_columns", {}).values(), *inputs.get("data_columns", {}).values()}
    truth = _truth(rows, [name for name in columns if name not in used])
    adapter: dict[str, Any] = {"type": "jsonl" if form == "jsonl" else "csv", "annotation": file}
    adapter |= {**inputs, **truth}
    if content == "arrays" and "data_columns" not in inputs:
        given = truth.get("target_columns", ())
        targets = {given} if isinstance(given, str) else set(given)
        features = [name for name in columns if name not in targets]
        if not features or not all(_all_numbers(rows, name) for name in features):
            return
        adapter |= {"data_columns": {"features": features}, "data_type": "float32"}
    kind = truth.get("target", "none")
    doubts = (_ORDER,) if "label_map" in truth else ()
    reason = f"{file.name} is a table with the columns {', '.join(columns[:8])}"
    yield DataGuess(adapter, kind, reason, content=content, doubts=doubts)


def _inputs(
    rows: Sequence[TableRow], columns: Sequence[str], root: Path
) -> tuple[dict[str, Any] | None, Any]:
    first = rows[0].cells
    for name in columns:
        value = first[name]
        if isinstance(value, str) and value and Path(value).suffix:
            for folder in (root, *folders_in(root)):
                if (folder / value).is_file():
                    place = {} if folder == root else {"data_source": folder}
                    return {"file_column": name, **place}, "images"
    lists = {name: name for name in columns if _all_lists(rows, name)}
    if lists:
        return {"data_columns": lists}, "arrays"
    texts = [name for name in columns if _is_text(rows, name)]
    named = [name for name in texts if name.lower() in _TEXTS] or texts
    if named:
        return {"text_columns": {"text": named[0]}}, "text"
    return {}, "arrays"


def _all_lists(rows: Sequence[TableRow], name: str) -> bool:
    """Whether every cell is a list of numbers: token ids, a mask."""
    return all(
        isinstance(cell := row.cells.get(name), list)
        and bool(cell)
        and all(isinstance(number, int | float) for number in cell)
        for row in rows
    )


def _is_text(rows: Sequence[TableRow], name: str) -> bool:
    values = [row.cells[name] for row in rows if name in row.cells]
    words = [value for value in values if isinstance(value, str) and " " in value.strip()]
    if 2 * len(words) < len(values) or _all_numbers(rows, name):
        return False
    return len(set(words)) > 0.5 * len(words)


def _all_numbers(rows: Sequence[TableRow], name: str) -> bool:
    return all(_number(row.cells.get(name)) is not None for row in rows)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _truth(rows: Sequence[TableRow], columns: Sequence[str]) -> dict[str, Any]:
    named = [name for name in columns if name.lower().replace(" ", "_") in _TRUTHS]
    name = named[0] if named else None
    flags = [column for column in columns if _is_flag(rows, column)]
    several = [column for column in columns if _names_several(rows, column)]
    if several:
        classes = {word for row in rows for word in str(row.cells.get(several[0])).split("|")}
        ids = {word: place for place, word in enumerate(sorted(classes - {NO_FINDING, ""}))}
        return {"target": "labels", "target_columns": several[0], "label_map": ids}
    numbered = [column for column in columns if _numbers_several(rows, column)]
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


def _of_column(values: Sequence[object], name: str) -> dict[str, Any]:
    """A class by number or word, or a value to regress, by what a column holds."""
    numbers = [_number(value) for value in values]
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


def _names_several(rows: Sequence[TableRow], name: str) -> bool:
    """Whether cells name several classes between bars, as NIH's tables do."""
    cells = [row.cells.get(name) for row in rows]
    return any(isinstance(cell, str) and "|" in cell.strip("|") for cell in cells)


def _numbers_several(rows: Sequence[TableRow], name: str) -> bool:
    """Return whether cells list class numbers, such as `0 3` or nothing where no label is true."""
    cells = [row.cells.get(name) for row in rows]
    listed = [cell.split() for cell in cells if isinstance(cell, str)]
    numbers = [word for words in listed for word in words]
    return (
        len(listed) == len(cells)
        and any(len(words) > 1 for words in listed)
        and all(number.isdigit() for number in numbers)
    )


def _is_flag(rows: Sequence[TableRow], name: str) -> bool:
    allowed = {"", "0", "1", "-1", "0.0", "1.0", "-1.0", "None", "nan"}
    return all(str(row.cells.get(name)) in allowed for row in rows)


def array_data(path: Path) -> Iterator[DataGuess]:
    """Arrays of an `.npz`, an `.npy` or a folder of `.npy`."""
    try:
        arrays = {name: load_array(stamp, name) for name, stamp in array_names(path).items()}
    except CalibrateError:
        return  # broken, or of objects; the adapter says more if the user names it
    groups = _of_one_split({name: array for name, array in arrays.items() if array.ndim})
    labels = [name for name in groups if _base(name) in _LABEL_ARRAYS]
    key = labels[0] if labels else None
    inputs = {name: name for name in groups if name != key}
    if len(inputs) == 1:
        (name,) = inputs.values()
        inputs = {IMAGE: name}
    adapter: dict[str, Any] = {"type": "arrays", "data_source": path, "inputs": inputs}
    listed = ", ".join(f"{name} {list(array.shape)}" for name, array in groups.items())
    reason = f"{path.name} contains the arrays {listed}"
    if key is None:
        yield DataGuess(adapter, "none", reason, content="arrays")
        return
    kind = _kind(groups[key])
    adapter |= {"label_key": key, **({} if kind == "class" else {"target": kind})}
    yield DataGuess(adapter, kind, reason, content="arrays")  # type: ignore[arg-type]  # as above


def _base(name: str) -> str:
    words = [
        word
        for word in name.lower().replace("-", "_").split("_")
        if word not in ("train", "test", "val", "valid")
    ]
    return "_".join(words)


def _of_one_split(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of the split that suits a calibration best; all, where there are no splits."""
    for split in ("test", "val", "valid", "train"):
        chosen = {
            n: a for n, a in arrays.items() if split in n.lower().replace("-", "_").split("_")
        }
        if chosen:
            return chosen
    return dict(arrays)


def _kind(array: Any) -> str:  # noqa: ANN401  # of any dtype
    if array.dtype.kind == "f":
        return "values"
    if array.ndim >= 3:
        return "mask"
    if array.ndim == 1 or array.shape[1] == 1:
        return "class"
    return "labels" if np.isin(array, (0, 1)).all() else "tokens"
