"""Arrays of labels to annotations."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import (
    Annotation,
    ClassLabel,
    LabelSet,
    TokenTarget,
    ValueTarget,
)
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.row_targets import TargetSpec
from calibrate.errors import CalibrateError

_SHAPES = {
    "class": "[N]",
    "values": "[N], [N, K] or more dimensions",
    "labels": "[N, C]",
    "tokens": "[N, T]",
}


def parse_targets(
    array: NDArray[Any], spec: TargetSpec, classes: int, findings: Findings
) -> Iterator[Annotation]:
    """The annotation of each row of an array.

    Args:
        array: for `class` [N] or [N, 1] integers; for `values` [N], [N, K]
            or [N, ...] numbers, such as a flow [N, 2, H, W], in the order of memory; for
            `labels` [N, C] of 0 and 1; for `tokens` [N, T] integers.
        spec: which of these it is.
        classes: how many there are; 0 where it is not known.
        findings: gets the rows that hold something else.

    Raises:
        CalibrateError: the array has another shape or type; the place is the caller's to add.
    """
    kind = spec.kind or "class"
    if kind == "class" and array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    expected = {"class": array.ndim == 1, "values": array.ndim >= 1}
    if not expected.get(kind, array.ndim == 2):
        raise CalibrateError(
            f"the array is {list(array.shape)}, but target '{kind}' needs {_SHAPES[kind]}"
        )
    if kind in {"class", "tokens"} and array.dtype.kind not in "iu":
        raise CalibrateError(f"the array is {array.dtype}, but target '{kind}' needs integers")
    if kind == "labels" and classes and array.shape[1] != classes:
        raise CalibrateError(f"there are {array.shape[1]} columns for {classes} label names")
    return _CHECKED[kind](array, spec, classes, findings)


def _classes(
    array: NDArray[Any], _: TargetSpec, classes: int, findings: Findings
) -> Iterator[Annotation]:
    for row, label in enumerate(array.tolist()):
        if label < 0 or (classes and label >= classes):
            known = f": there are {classes} label names" if classes else ""
            findings.add(f"label {label} is out of range{known}", f"row {row}")
        yield ClassLabel(label)


def _values(
    array: NDArray[Any], _: TargetSpec, __: int, findings: Findings
) -> Iterator[Annotation]:
    matrix = array.reshape(len(array), -1)
    # A number that overflows in float32 becomes infinite and is reported below.
    with np.errstate(over="ignore"):
        numbers = matrix.astype(np.float32)
    for row in np.flatnonzero(~np.isfinite(numbers).all(1)).tolist():
        findings.add("the row holds a number that is not finite in float32", f"row {row}")
    for values in numbers:
        yield ValueTarget(values)


def _labels(
    array: NDArray[Any], _: TargetSpec, __: int, findings: Findings
) -> Iterator[Annotation]:
    for row in np.flatnonzero(~np.isin(array, (0, 1)).all(1)).tolist():
        findings.add("the row holds something else than 0 and 1", f"row {row}")
    for flags in array:
        yield LabelSet(tuple(np.flatnonzero(flags).tolist()))


def _tokens(
    array: NDArray[Any], spec: TargetSpec, _: int, findings: Findings
) -> Iterator[Annotation]:
    if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
        findings.add("a token id is beyond int64")
    for tokens in array.astype(np.int64):
        yield TokenTarget(tokens, spec.ignore)


_CHECKED = {"class": _classes, "values": _values, "labels": _labels, "tokens": _tokens}
