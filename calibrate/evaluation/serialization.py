"""Observations as records of the journal, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.observation import Observation
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.kinds import PREDICTION_KINDS
from calibrate.core.predictions.several import SeveralPredictions
from calibrate.errors import CalibrateError
from calibrate.store.base import Content


def of_observation(observation: Observation, indices: Sequence[int]) -> Content:
    """Return the observation of the samples at `indices` as a record."""
    evidence = [observation.evidence[index] for index in indices]
    answered = [index for index in indices if index in observation.answers]
    return {
        "indices": np.array(indices, np.int64),
        "evidence": [
            column([row[metric] for row in evidence]) for metric in range(_width(evidence))
        ],
        "divergence": _numbers(observation.divergence, indices),
        "answered": np.array(answered, np.int64),
        "answers": np.array([observation.answers[index][0] for index in answered], np.int64),
        "scores": np.array([observation.answers[index][1] for index in answered], np.float64),
        "choices": [
            column([observation.choices[index][metric] for index in indices])
            for metric in range(_width([observation.choices[index] for index in indices]))
        ],
    }


def to_observation(content: Content) -> Observation:
    """Return the observation of a record."""
    indices = [int(index) for index in content["indices"]]
    columns = [entries(packed) for packed in content["evidence"]]
    observation = Observation()
    for row, index in enumerate(indices):
        observation.evidence[index] = tuple(values[row] for values in columns)
    if len(content["divergence"]):
        observation.divergence = dict(zip(indices, map(float, content["divergence"]), strict=True))
    choices = [entries(packed) for packed in content["choices"]]
    observation.choices = {
        index: tuple(values[row] for values in choices) for row, index in enumerate(indices)
    }
    for index, answer, score in zip(
        content["answered"], content["answers"], content["scores"], strict=True
    ):
        observation.answers[int(index)] = (int(answer), float(score))
    return observation


def of_predictions(predictions: Sequence[Prediction]) -> Content:
    """Return predictions of one kind as a record; of several heads, a record for each head."""
    first = predictions[0]
    if isinstance(first, SeveralPredictions):
        several = [each for each in predictions if isinstance(each, SeveralPredictions)]
        return {
            "kind": SeveralPredictions.__name__,
            "heads": {
                head: of_predictions([each.heads[head] for each in several]) for head in first.heads
            },
        }
    kind = PREDICTION_KINDS[type(predictions[0]).__name__]
    return {
        "kind": kind.__name__,
        "fields": {
            part.name: column([getattr(prediction, part.name) for prediction in predictions])
            for part in fields(kind)
        },
    }


def to_predictions(content: Content) -> list[Prediction]:
    """Return the predictions of a record."""
    if content["kind"] == SeveralPredictions.__name__:
        columns = {head: to_predictions(record) for head, record in content["heads"].items()}
        rows = zip(*columns.values(), strict=True)
        return [SeveralPredictions(dict(zip(columns, row, strict=True))) for row in rows]
    kind = PREDICTION_KINDS[content["kind"]]
    parts = {name: entries(packed) for name, packed in content["fields"].items()}
    return [kind(**dict(zip(parts, row, strict=True))) for row in zip(*parts.values(), strict=True)]


def column(values: Sequence[Any]) -> dict[str, Any]:
    """Pack arrays, or mappings of arrays, of many samples; stack those of equal shape.

    Raises:
        CalibrateError: arrays of Python objects, which only pickle could store.
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
    """Unpack the values that `column` packed, one entry for each sample."""
    if "mapping" in packed:
        columns = {name: entries(values) for name, values in packed["mapping"].items()}
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]
    if "each" in packed:
        return [(entries(values) or [{}])[0] for values in packed["each"]]
    return list(packed["stacked"] if "stacked" in packed else packed["arrays"])


def _width(rows: Sequence[tuple[Any, ...]]) -> int:
    return len(rows[0]) if rows else 0


def _numbers(values: Mapping[int, float], indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the values of the samples; empty for FP32, which has no divergence."""
    return np.array([values[index] for index in indices if index in values], np.float64)
