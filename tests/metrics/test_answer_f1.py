"""`answer_f1` on two questions; `tests/metrics/_lib/test_answers.py` has the tables."""

import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget
from calibrate.core.group_annotations import AnswerTarget
from calibrate.core.predictions.span import Span
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.answer_f1 import AnswerF1
from tests.metrics.reference import evidence_of

OFFSETS = np.array([[-1, -1], [0, 3], [4, 7]])


def test_value():
    pairs = [
        (Span(np.array([1, 1])), AnswerTarget("p", "one two", ("the One",), OFFSETS)),
        (Span(np.array([1, 1])), AnswerTarget("q", "one two", ("one two",), OFFSETS)),
    ]
    metric = AnswerF1()
    value = metric.aggregate(evidence_of(metric, pairs), np.ones((1, 2), np.int64))
    assert value == pytest.approx([(1 + 2 / 3) / 2])


def test_other_kinds_are_refused():
    with pytest.raises(CalibrateError, match="use the dataset adapter squad"):
        AnswerF1().score(Span(np.array([1, 1])), TokenTarget(np.array([1, 1])), Facts("a"))
