"""What a table's row says is true of its sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.config.suggest import suggestion
from calibrate.core.annotation import (
    Annotation,
    ClassLabel,
    LabelSet,
    TokenTarget,
    ValueTarget,
)
from calibrate.core.text import shown
from calibrate.datasets.formats.alphabets import Case, characters
from calibrate.datasets.formats.cells import numbers, word, words
from calibrate.datasets.formats.class_ids import ClassIds
from calibrate.datasets.formats.tables import TableRow
from calibrate.errors import CalibrateError

TargetKind = Literal["class", "values", "labels", "tokens"]

Blank = Literal["negative", "ignored", "error"]

NO_FINDING = "No Finding"
"""What NIH's and CheXpert's tables write where no label is present."""


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """Where a row's annotation stands.

    Attributes:
        kind: a class, numbers, several classes, token ids or a text to recognise; None for
            unlabelled rows.
        columns: that hold it: one, or for `values` and `labels` several.
        ignore: the token id that marks positions which do not count.
        blank: what an empty cell among several columns of labels says of its label.
        alphabet: class of each character of a text.
        case: what a text is brought to first.
    """

    kind: TargetKind | Literal["text"] | None = None
    columns: tuple[str, ...] = ()
    ignore: int | None = None
    blank: Blank = "negative"
    alphabet: Mapping[str, int] = field(default_factory=dict)
    case: Case = "keep"


def cell(row: TableRow, column: str) -> object:
    """The cell of a column.

    Raises:
        CalibrateError: the row has no such column.
    """
    if column not in row.cells:
        known = ", ".join(map(shown, list(row.cells)[:20]))
        near = suggestion(column, map(str, row.cells))
        question = f"did you mean '{near}'? " if near else ""
        raise CalibrateError(f"there is no column '{column}'", hint=f"{question}columns: {known}")
    return row.cells[column]


def parse_target(row: TableRow, spec: TargetSpec, ids: ClassIds) -> Annotation | None:
    """The annotation of a row.

    Args:
        row: of the table.
        spec: what the annotation is, and where it stands.
        ids: turns a word or number into a class id.

    Raises:
        CalibrateError: a cell is missing or holds something else; the place is the caller's to
            add.
    """
    cells = [cell(row, column) for column in spec.columns]
    match spec.kind:
        case None:
            return None
        case "class":
            return ClassLabel(ids.of(word(cells[0])))
        case "values":
            return ValueTarget(np.concatenate([numbers(c, "float32").ravel() for c in cells]))
        case "tokens":
            return TokenTarget(_tokens(cells[0], ids), spec.ignore)
        case "text":
            return TokenTarget(characters(word(cells[0]), spec.alphabet, spec.case), None)
        case "labels":
            return _label_set(cells, ids, spec.blank)


def _tokens(entry: object, ids: ClassIds) -> NDArray[np.int64]:
    """Token ids, or class ids of a list of tags that are words."""
    if isinstance(entry, list) and entry and all(isinstance(tag, str) for tag in entry):
        return np.array([ids.of(tag) for tag in entry], np.int64)
    return numbers(entry, "int64").ravel()


def _label_set(cells: Sequence[object], ids: ClassIds, blank: Blank) -> LabelSet:
    if len(cells) == 1:
        named = [name for name in words(cells[0]) if name != NO_FINDING or name in ids.label_map]
        return LabelSet(tuple(sorted({ids.of(name) for name in named})))
    flags = [_flag(entry, blank) for entry in cells]
    present = tuple(i for i, flag in enumerate(flags) if flag == 1)
    return LabelSet(present, tuple(i for i, flag in enumerate(flags) if flag == -1))


def _flag(entry: object, blank: Blank) -> int:
    """1 for a label that is present, 0 for one that is not, -1 for one that is ignored."""
    if is_blank(entry):
        if blank == "error":
            raise CalibrateError(
                "a cell of a label is empty", hint="set blank_labels: negative or ignored"
            )
        return 0 if blank == "negative" else -1
    values = numbers(entry, "float32")
    if values.size != 1 or values.item() not in (0, 1, -1):
        raise CalibrateError("each of several target columns holds 0, 1, or -1 for uncertain")
    return int(values.item())


def is_blank(entry: object) -> bool:
    """Whether a cell holds nothing."""
    return entry is None or (isinstance(entry, str) and entry.strip().lower() in {"", "nan"})
