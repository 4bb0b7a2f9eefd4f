"""What is compared with FP32's predictions, and when it is the same decision."""

import numpy as np
import pytest

from calibrate.core.predictions.base import Confidence
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.agreement import agreement, paired_arrays

FACTS = Facts("a")


def test_nothing_to_decide_is_agreement():
    empty = TokenScores(np.zeros((0, 4), np.float32))
    assert agreement("m", empty, empty, FACTS, Confidence(0.5, 0.6)) == 1


def test_arrays_of_raw_outputs_stand_side_by_side():
    mine = RawOutputs({"x": np.ones((2, 2), np.float16), "y": np.zeros(3, np.float32)})
    pairs = paired_arrays("m", mine, mine, FACTS)
    assert [(a.tolist(), b.dtype) for a, b in pairs] == [
        ([1.0] * 4, np.float64),
        ([0.0] * 3, np.float64),
    ]


def test_tokens_are_compared_by_probability():
    scores = TokenScores(np.log(np.array([[0.25, 0.75]], np.float32)))
    assert paired_arrays("m", scores, scores, FACTS)[0][0] == pytest.approx([0.25, 0.75])


def test_classes_are_no_numbers():
    classes = ClassMap(np.ones((2, 2), np.int64))
    with pytest.raises(CalibrateError, match="and got ClassMap with ClassMap"):
        paired_arrays("m", classes, classes, FACTS)
    with pytest.raises(CalibrateError, match="and got ClassScores with ClassMap"):
        agreement("m", ClassScores(np.ones(2, np.float32)), classes, FACTS, Confidence(0.5, 0.6))
