"""Fit the class numbers of a dataset to the classes of a model's output."""

from collections.abc import Mapping
from dataclasses import replace
from math import prod

from calibrate.commands.new.data_guess import DataGuess, build_adapter
from calibrate.errors import CalibrateError

_NUMBERED = ("csv", "jsonl", "image_list")
"""Adapters whose class numbers may be in any range."""
_MAP = 3
"""Number of dimensions of a map with a score for each class."""
_IGNORED = 255
_FROM_ONE = "Classes of the table are the numbers 1 to {}: 1 is taken for the model's class 0."


def with_fitting_labels(data: DataGuess, shapes: Mapping[str, tuple[int, ...]]) -> DataGuess:
    """Return the data with labels that the model can predict, where another reading of them fits.

    Whole numbers beyond 0 and 1 are values where the model gives one number, and numbers 1 to C
    are classes counted from 1 where it gives C scores.

    Args:
        data: a layout.
        shapes: shapes of the model's outputs, with the batch, -1 dynamic.
    """
    if data.truth == "mask" and data.mask_ids and len(shapes) == 1:
        return _with_fitting_mask(data, next(iter(shapes.values())))
    if data.truth != "class" or data.adapter["type"] not in _NUMBERED or len(shapes) != 1:
        return data
    (shape,) = shapes.values()
    scores = prod(shape[1:])
    labels = _labels(data)
    if not labels or scores < 1 or max(labels) < max(scores, 2):
        return data
    if scores == 1 and "label_map" not in data.adapter and data.adapter["type"] != "image_list":
        return replace(data, adapter={**data.adapter, "target": "values"}, truth="values")
    if max(labels) == scores and min(labels) == 1:
        doubts = (*data.doubts, _FROM_ONE.format(scores))
        return replace(data, adapter={**data.adapter, "label_offset": 1}, doubts=doubts)
    return data


def _with_fitting_mask(data: DataGuess, shape: tuple[int, ...]) -> DataGuess:
    """Return the masks with ids 1 to C as classes 0 to C - 1; pixels of 0 then do not count."""
    core = [side for side in shape[1:] if side != 1]
    if len(core) != _MAP or {"label_map", "threshold"} & set(data.adapter):
        return data
    classes = core[-1] if 0 < core[-1] < core[0] else core[0]
    ids = set(data.mask_ids) - {_IGNORED}
    if classes < 2 or max(ids) != classes or min(ids) < 0:
        return data
    numbers = {number: number - 1 for number in sorted(ids) if number}
    has_unlabelled = 0 in ids or _IGNORED in data.mask_ids
    if 0 in ids:
        numbers = {0: _IGNORED, **numbers}
    ignore = _IGNORED if has_unlabelled else None
    doubt = f"Ids in the masks go to {classes}: 1 is taken for the model's class 0" + (
        ", and pixels of 0 do not count." if 0 in ids else "."
    )
    adapter = {**data.adapter, "label_map": numbers, "ignore": ignore}
    return replace(data, adapter=adapter, doubts=(*data.doubts, doubt))


def _labels(data: DataGuess) -> set[int]:
    try:
        items = build_adapter(data.adapter).items()
    except CalibrateError:
        return set()  # `check` of the config reports the problem
    return {item.stratum for item in items if isinstance(item.stratum, int)}
