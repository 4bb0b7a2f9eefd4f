import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.metrics._lib.decisions import decisions, total_outcomes

FACTS = Facts("a")


def scores(*numbers):
    return np.array(numbers, np.float32)


@pytest.mark.parametrize(
    ("prediction", "target", "expected"),
    [
        (ClassScores(scores(0.2, 0.8)), ClassLabel(0), ([0, 1], [1, 0], [1, 1])),
        # The threshold of the decoder, not the greatest score, decides between two.
        (ClassScores(scores(0.2, 0.8), 0.9), ClassLabel(0), ([1, 0], [1, 0], [1, 1])),
        (
            LabelScores(scores(0.7, 0.7, 0.1)),
            LabelSet((0,), (1,)),
            ([1, 1, 0], [1, 0, 0], [1, 0, 1]),
        ),
    ],
)
def test_decisions(prediction, target, expected):
    result = decisions("m", prediction, target, FACTS, threshold=0.5)
    assert tuple(result[key].astype(int).tolist() for key in ("predicted", "actual", "known")) == (
        expected
    )


def test_outcomes_of_sets():
    pieces = [
        decisions("m", ClassScores(scores(*row)), ClassLabel(label), FACTS, threshold=0.5)
        for row, label in [((0.9, 0.1), 0), ((0.9, 0.1), 1), ((0.2, 0.8), 1)]
    ]
    outcomes = total_outcomes(pieces, np.array([[1, 1, 1], [0, 2, 1]]))
    assert outcomes.true_positive.tolist() == [[1, 1], [0, 1]]
    assert outcomes.false_positive.tolist() == [[1, 0], [2, 0]]
    assert outcomes.false_negative.tolist() == [[0, 1], [0, 2]]
    assert outcomes.true_negative.tolist() == [[1, 1], [1, 0]]
    assert outcomes.summed().true_positive.tolist() == [[2], [1]]
    assert outcomes.only(1).false_negative.tolist() == [[1], [2]]
    assert outcomes.only(7).false_negative.tolist() == [[0], [0]]
