from dataclasses import fields

import numpy as np
import pytest

from calibrate.core.observation import Observation
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.errors import CalibrateError
from calibrate.evaluation.serialization import (
    column,
    entries,
    of_observation,
    of_predictions,
    to_observation,
    to_predictions,
)
from calibrate.store.serialization import pack, unpack


def through(content):
    return unpack(pack(content))


def same(first, second):
    if isinstance(first, dict):
        return list(first) == list(second) and all(same(first[k], second[k]) for k in first)
    first, second = np.asarray(first), np.asarray(second)
    return (
        first.dtype == second.dtype
        and first.shape == second.shape
        and first.tobytes() == second.tobytes()
    )


@pytest.mark.parametrize(
    "values",
    [
        [np.array([1.0]), np.array([np.nan])],
        [np.zeros((2, 3), np.float32), np.zeros((0, 3), np.float32)],
        [np.zeros(2, np.float32), np.zeros(2, np.int64)],
        [{"a": np.zeros(1), "b": np.zeros(2)}, {"a": np.ones(1), "b": np.ones(2)}],
        [{"a": np.zeros(1)}, {"a": np.ones(3)}],
        [{"a": np.zeros(1)}, {"b": np.ones(1)}],
        [{"a": {"b": np.zeros(1)}}, {"a": {"b": np.ones(1)}}],
        [{}, {}],
        [],
    ],
)
def test_evidence_of_any_shape_comes_back(values):
    result = entries(through(column(values)))
    assert len(result) == len(values)
    assert all(same(a, b) for a, b in zip(values, result, strict=True))


def test_objects_are_refused_with_what_to_do():
    with pytest.raises(CalibrateError, match="a metric's `score` gives arrays of numbers"):
        column([np.array([object()])])


def test_an_observation_comes_back():
    observation = Observation()
    for index in (7, 3):
        observation.evidence[index] = (np.array([float(index)]), {"tp": np.arange(index)})
        observation.divergence[index] = 0.1 * index
        observation.answers[index] = (index, 0.25)
        observation.choices[index] = (np.empty(0, np.int64), np.array([index, 1]))
    del observation.answers[3]
    result = to_observation(through(of_observation(observation, [7, 3])))
    assert list(result.evidence) == [7, 3]
    assert result.evidence[3][0] == 3.0
    assert np.array_equal(result.evidence[7][1]["tp"], np.arange(7))
    assert result.divergence == observation.divergence
    assert result.answers == {7: (7, 0.25)}
    assert result.choices[7][0].size == 0
    assert result.choices[3][1].tolist() == [3, 1]


def test_only_the_samples_asked_for():
    choices = {1: (np.array([0]),), 2: (np.array([4]),)}
    observation = Observation(
        {1: (np.zeros(1),), 2: (np.ones(1),)}, {1: 0.5, 2: 0.25}, choices=choices
    )
    assert to_observation(of_observation(observation, [2])).divergence == {2: 0.25}


def test_fp32_has_no_divergence():
    observation = Observation({1: (np.zeros(1),)}, choices={1: (np.array([2]),)})
    result = to_observation(through(of_observation(observation, [1])))
    assert (result.divergence, result.answers) == ({}, {})
    assert result.choices[1][0].tolist() == [2]


@pytest.mark.parametrize(
    "predictions",
    [
        [ClassScores(np.array([0.25, 0.75], np.float32))],
        [
            Detections(np.zeros((n, 4), np.float32), np.zeros(n, np.float32), np.arange(n))
            for n in (0, 3)
        ],
        [RawOutputs({"a": np.zeros(2), "b": np.ones((1, 2))})],
    ],
)
def test_predictions_come_back(predictions):
    result = to_predictions(through(of_predictions(predictions)))
    for before, after in zip(predictions, result, strict=True):
        assert type(after) is type(before)
        for name in (part.name for part in fields(before)):
            assert same(getattr(before, name), getattr(after, name))
