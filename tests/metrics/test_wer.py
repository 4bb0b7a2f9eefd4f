"""`wer` on hand-worked sequences, with blanks and separators."""

import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget, ValueTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.wer import Wer

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
    ("fields", "pairs", "expected"),
    [
        ({}, [(said(1, 2, 3), truth(1, 2, 3))], 0),
        ({}, [(said(1, 3), truth(1, 2, 3))], 1 / 3),
        ({}, [(said(1, 2, 3, 4), truth(1, 2))], 1),
        ({}, [(said(5, 5, 5, 5), truth(1))], 4),
        ({}, [(said(1, 2, 3), truth(1, 2, -100))], 0),
        ({}, [(said(1), truth(1)), (said(2, 2, 2), truth(1, 2, 3))], 2 / 4),
        # CTC: repeats become one, the blank keeps two of a kind apart.
        ({"blank": 0}, [(said(1, 1, 0, 1, 2, 2), truth(1, 1, 2))], 0),
        ({"blank": 0}, [(said(1, 1, 0, 0, 2, 2), truth(1, 1, 2))], 1 / 3),
        ({"blank": 0}, [(said(0, 0), truth(1))], 1),
        # Token 5 stands between words: one of two is wrong, however many letters are.
        ({"separator": 5}, [(said(1, 2, 5, 3, 4), truth(1, 2, 5, 4, 3))], 1 / 2),
        ({"separator": 5}, [(said(5, 1, 5, 5, 2, 5), truth(1, 5, 2))], 0),
    ],
)
def test_word_error_rate(fields, pairs, expected):
    assert value(Wer(**fields), *pairs) == pytest.approx(expected)


def test_no_true_word_is_no_value():
    assert np.isnan(value(Wer(), (said(1, 2), truth(-100, -100))))


def test_other_kinds_and_nan_are_refused():
    with pytest.raises(CalibrateError, match="wer compares TokenScores with TokenTarget"):
        Wer().score(said(1), ValueTarget(np.ones(1, np.float32)), FACTS)
    with pytest.raises(CalibrateError, match="holds NaN"):
        Wer().score(TokenScores(np.full((1, 6), np.nan, np.float32)), truth(1), FACTS)
