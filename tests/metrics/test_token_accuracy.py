"""`token_accuracy` on hand-worked sequences."""

import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget, ValueTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.token_accuracy import TokenAccuracy

FACTS = Facts("a")


def said(*tokens, vocabulary=6):
    scores = np.full((len(tokens), vocabulary), np.log(0.1), np.float32)
    scores[np.arange(len(tokens)), list(tokens)] = np.log(0.5)
    return TokenScores(scores)


def truth(*tokens, ignore=-100):
    return TokenTarget(np.array(tokens, np.int64), ignore)


def value(metric, *pairs):
    evidence = [metric.score(mine, theirs, FACTS) for mine, theirs in pairs]
    return metric.aggregate(evidence, np.ones((1, len(pairs)), np.int64))[0]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(said(1, 2, 3), truth(1, 2, 3))], 1),
        ([(said(1, 2, 3), truth(1, 2, 4))], 2 / 3),
        ([(said(1, 2, 3), truth(1, 2, -100))], 1),
        ([(said(1, 2, 3), truth(1, 2, 0, ignore=0))], 1),
        ([(said(1), truth(1)), (said(1, 2, 3), truth(4, 4, 3))], 2 / 4),
        ([(said(1, 2), truth(-100, -100))], np.nan),
    ],
)
def test_hand_worked(pairs, expected):
    assert value(TokenAccuracy(), *pairs) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("prediction", "target", "message"),
    [
        (said(1, 2), truth(1), r"the prediction has shape \[2\], its target \[1\]"),
        (said(1), truth(9), "label 9 does not fit the 6 classes"),
        (said(1), truth(-1), "label -1 does not fit"),
        (said(1), ValueTarget(np.ones(1, np.float32)), "compares TokenScores with TokenTarget"),
        (TokenScores(np.full((1, 6), np.nan, np.float32)), truth(1), "holds NaN"),
    ],
)
def test_what_does_not_fit_is_refused(prediction, target, message):
    with pytest.raises(CalibrateError, match=message):
        TokenAccuracy().score(prediction, target, FACTS)
