"""Observations as records of the journal, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.observation import Observation
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.kinds import PREDICTION_KINDS
from calibrate.errors import CalibrateError
from calibrate.store.base import Content


def of_observation(seen: Observation, indices: Sequence[int]) -> Content:
    """What was seen of the samples at `indices`, as a record."""
    evidence = [seen.evidence[index] for index in indices]
    answered = [index for index in indices if index in seen.answers]
    return {
        "indices": np.array(indices, np.int64),
        "evidence": [
            column([one[metric] for one in evidence]) for metric in range(_width(evidence))
        ],
        "divergence": _numbers(seen.divergence, indices),
        "answered": np.array(answered, np.int64),
        "answers": np.array([seen.answers[index][0] for index in answered], np.int64),
        "scores": np.array([seen.answers[index][1] for index in answered], np.float64),
        "choices": [
            column([seen.choices[index][metric] for index in indices])
            for metric in range(_width([seen.choices[index] for index in indices]))
        ],
    }


def to_observation(content: Content) -> Observation:
    """The observation of a record."""
    indices = [int(index) for index in content["indices"]]
    columns = [entries(one) for one in content["evidence"]]
    seen = Observation()
    for row, index in enumerate(indices):
        seen.evidence[index] = tuple(one[row] for one in columns)
    if len(content["divergence"]):
        seen.divergence = dict(zip(indices, map(float, content["divergence"]), strict=True))
    chosen = [entries(one) for one in content["choices"]]
    seen.choices = {index: tuple(one[row] for one in chosen) for row, index in enumerate(indices)}
    for index, answer, score in zip(
        content["answered"], content["answers"], content["scores"], strict=True
    ):
        seen.answers[int(index)] = (int(answer), float(score))
    return seen


def of_predictions(predictions: Sequence[Prediction]) -> Content:
    """Predictions of one kind as a record."""
    kind = PREDICTION_KINDS[type(predictions[0]).__name__]
    return {
        "kind": kind.__name__,
        "fields": {
            part.name: column([getattr(one, part.name) for one in predictions])
            for part in fields(kind)
        },
    }


def to_predictions(content: Content) -> list[Prediction]:
    """The predictions of a record."""
    kind = PREDICTION_KINDS[content["kind"]]
    columns = {name: entries(one) for name, one in content["fields"].items()}
    rows = zip(*columns.values(), strict=True)
    return [kind(**dict(zip(columns, row, strict=True))) for row in rows]


def column(values: Sequence[Any]) -> dict[str, Any]:
    """Arrays, or mappings of them, of many samples; stacked where all are of one shape.

    Raises:
        CalibrateError: arrays of objects, which only a pickle could hold.
    """
    if values and isinstance(values[0], Mapping):
        names = list(values[0])
        if names and all(list(value) == names for value in values):
            return {"mapping": {name: column([value[name] for value in values]) for name in names}}
        return {"each": [column([value]) if value else {"stacked": []} for value in values]}
    arrays = [np.asarray(value) for value in values]
    if any(array.dtype.hasobject for array in arrays):
        raise CalibrateError(
            "evidence holds Python objects, which cannot be recorded",
            hint="a metric's `score` gives arrays of numbers, or a mapping of such arrays",
        )
    if len({(array.dtype.str, array.shape) for array in arrays}) == 1:
        return {"stacked": np.stack(arrays)}
    return {"arrays": arrays}


def entries(packed: Mapping[str, Any]) -> list[Any]:
    """What `column` was given, one entry a sample."""
    if "mapping" in packed:
        columns = {name: entries(one) for name, one in packed["mapping"].items()}
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]
    if "each" in packed:
        return [(entries(one) or [{}])[0] for one in packed["each"]]
    found = packed["stacked"] if "stacked" in packed else packed["arrays"]
    return list(found)


def _width(rows: Sequence[tuple[Any, ...]]) -> int:
    return len(rows[0]) if rows else 0


def _numbers(found: Mapping[int, float], indices: Sequence[int]) -> NDArray[np.float64]:
    """Values of the samples; empty for a model that has none, FP32 itself."""
    return np.array([found[index] for index in indices if index in found], np.float64)
