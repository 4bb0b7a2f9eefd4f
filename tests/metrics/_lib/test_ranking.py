"""Areas below curves from weighted steps, worked by hand."""

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.sample import Facts
from calibrate.metrics._lib.ranking import average_precision, ranked_labels, roc_area


@pytest.mark.parametrize(
    ("right", "wrong", "area", "precision"),
    [
        ([1, 0], [0, 1], 1, 1),
        ([0, 1], [1, 0], 0, 1 / 2),
        ([1], [1], 1 / 2, 1 / 2),
        # Hit, miss, hit: one of the two pairs is in order; precision 1 and 2/3.
        ([1, 0, 1], [0, 1, 0], 1 / 2, (1 + 2 / 3) / 2),
        ([2, 0, 1], [0, 1, 0], 2 / 3, (2 * 1 + 3 / 4) / 3),
        ([1, 1], [0, 0], np.nan, 1),
        ([0, 0], [1, 1], np.nan, np.nan),
        # Steps that are drawn no time move nothing.
        ([0, 1, 0], [0, 0, 1], 1, 1),
    ],
)
def test_curves(right, wrong, area, precision):
    right, wrong = (np.array(weights, float)[:, None] for weights in (right, wrong))
    assert roc_area(right, wrong) == pytest.approx([area], nan_ok=True)
    assert average_precision(right, wrong) == pytest.approx([precision], nan_ok=True)


@pytest.mark.parametrize(
    ("prediction", "target", "truth"),
    [
        (ClassScores(np.array([0.3, 0.7], np.float32)), ClassLabel(1), [True]),
        (ClassScores(np.array([0.3, 0.7], np.float32)), ClassLabel(0), [False]),
        (ClassScores(np.ones(3, np.float32) / 3), ClassLabel(0), [True, False, False]),
        (LabelScores(np.ones(2, np.float32)), LabelSet((0, 1)), [True, True]),
        (LabelScores(np.ones(2, np.float32)), LabelSet(()), [False, False]),
    ],
)
def test_labels(prediction, target, truth):
    evidence = ranked_labels("m", prediction, target, Facts("a"))
    assert evidence["truth"].tolist() == truth
    assert evidence["scores"].shape == (len(truth),)
