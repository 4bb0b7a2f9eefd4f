"""What a table's row says is true of its sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibrate.core.annotation import (
    Annotation,
    ClassLabel,
    LabelSet,
    TokenTarget,
    ValueTarget,
)
from calibrate.core.text import shown
from calibrate.datasets.formats.cells import numbers, word, words
from calibrate.datasets.formats.class_ids import ClassIds
from calibrate.datasets.formats.tables import TableRow
from calibrate.errors import CalibrateError

TargetKind = Literal["class", "values", "labels", "tokens"]


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """Where a row's annotation stands.

    Attributes:
        kind: a class, numbers, several classes or token ids; None for unlabelled rows.
        columns: that hold it: one, or for `values` and `labels` several.
        ignore: the token id that marks positions which do not count.
    """

    kind: TargetKind | None = None
    columns: tuple[str, ...] = ()
    ignore: int | None = None


def cell(row: TableRow, column: str) -> object:
    """The cell of a column.

    Raises:
        CalibrateError: the row has no such column.
    """
    if column not in row.cells:
        known = ", ".join(map(shown, list(row.cells)[:20]))
        raise CalibrateError(f"there is no column '{column}'", hint=f"columns: {known}")
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
            return TokenTarget(numbers(cells[0], "int64").ravel(), spec.ignore)
        case "labels":
            return LabelSet(_present(cells, ids))


def _present(cells: Sequence[object], ids: ClassIds) -> tuple[int, ...]:
    if len(cells) == 1:
        return tuple(sorted({ids.of(found) for found in words(cells[0])}))
    flags = np.concatenate([numbers(c, "int64") for c in cells])
    if len(flags) != len(cells) or not np.isin(flags, (0, 1)).all():
        raise CalibrateError("each of several target columns holds 0 or 1")
    return tuple(np.flatnonzero(flags).tolist())
