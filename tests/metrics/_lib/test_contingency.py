import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.contingency import answered_and_true, contingency


def test_a_table_a_set():
    rows = [((0.9, 0.1), 0), ((0.9, 0.1), 1), ((0.2, 0.8), 1)]
    evidence = [
        answered_and_true("m", ClassScores(np.float32(row)), ClassLabel(label), Facts("a"))
        for row, label in rows
    ]
    table = contingency(evidence, np.array([[1, 1, 1], [3, 0, 2]]))
    assert table.tolist() == [[[1, 0], [1, 1]], [[3, 0], [0, 2]]]


def test_a_label_without_a_score():
    with pytest.raises(CalibrateError, match="label 2 does not fit the 2 classes"):
        answered_and_true("m", ClassScores(np.float32([0.5, 0.5])), ClassLabel(2), Facts("a"))
