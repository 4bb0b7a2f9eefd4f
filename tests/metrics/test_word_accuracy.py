"""`word_accuracy` on hand-worked sequences."""

import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget, ValueTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.word_accuracy import WordAccuracy

FACTS = Facts("a")


def said(*tokens, vocabulary=6):
    scores = np.full((len(tokens), vocabulary), np.log(0.1), np.float32)
    scores[np.arange(len(tokens)), list(tokens)] = np.log(0.5)
    return TokenScores(scores)


def truth(*tokens, ignore=-100):
    return TokenTarget(np.array(tokens, np.int64), ignore)


def test_predicted_tokens_count_as_others():
    target = TokenTarget(np.array([1, 2], np.int64), None, {3: 2, 1: 4})
    assert value(WordAccuracy(), (said(1, 3), target), (said(1, 2), target)) == 0
    target = TokenTarget(np.array([1, 2], np.int64), None, {3: 2})
    assert value(WordAccuracy(), (said(1, 3), target), (said(3, 2), target)) == 1 / 2
    assert value(WordAccuracy(end=0), (said(1, 3, 0, 5), target)) == 1


def value(metric, *pairs):
    evidence = [metric.score(mine, theirs, FACTS) for mine, theirs in pairs]
    return metric.aggregate(evidence, np.ones((1, len(pairs)), np.int64))[0]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(said(1, 2, 3), truth(1, 2, 3))], 1),
        ([(said(1, 2, 3), truth(1, 2, 4))], 0),
        ([(said(1, 2, 3), truth(1, 2, -100))], 1),
        ([(said(1), truth(1)), (said(1, 2, 3), truth(4, 4, 3))], 1 / 2),
        ([(said(1), truth(1)), (said(1), truth(1)), (said(2), truth(1))], 2 / 3),
    ],
)
def test_hand_worked(pairs, expected):
    assert value(WordAccuracy(), *pairs) == pytest.approx(expected, nan_ok=True)


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
        WordAccuracy().score(prediction, target, FACTS)


@pytest.mark.parametrize(
    ("parameters", "prediction", "expected"),
    [
        # An attention model says the end (5) and then anything.
        ({"end": 5}, said(1, 2, 5, 3), 1),
        ({"end": 5}, said(1, 5, 2, 5), 0),
        ({"end": 5}, said(1, 2), 1),
        ({"blank": 0}, said(1, 1, 0, 2, 0), 1),
    ],
)
def test_sequences_of_other_lengths(parameters, prediction, expected):
    assert value(WordAccuracy(**parameters), (prediction, truth(1, 2))) == expected
