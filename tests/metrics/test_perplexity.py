"""`perplexity` on hand-worked sequences."""

import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget, ValueTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics.perplexity import Perplexity

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


def test_perplexity():
    # Three tokens at 0.5 and one at 0.1: the inverse of their geometric mean.
    pairs = [(said(1, 2), truth(1, 2)), (said(1, 2, 3), truth(1, 5, -100))]
    assert value(Perplexity(), *pairs) == pytest.approx((0.5**3 * 0.1) ** (-1 / 4))
    uniform = TokenScores(np.full((5, 6), -np.log(6), np.float32))
    assert value(Perplexity(), (uniform, truth(0, 1, 2, 3, 4))) == pytest.approx(6)


def test_a_token_that_cannot_come_makes_perplexity_infinite():
    scores = TokenScores(np.array([[0.0, -np.inf]], np.float32))
    assert value(Perplexity(), (scores, truth(1))) == np.inf
    assert value(Perplexity(), (scores, truth(0))) == 1


def test_no_position_that_counts_is_no_value():
    assert np.isnan(value(Perplexity(), (said(1, 2), truth(-100, -100))))


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
        Perplexity().score(prediction, target, FACTS)
