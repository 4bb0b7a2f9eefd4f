"""`character_accuracy` on hand-worked texts, and beside jiwer's character error rate."""

import jiwer
import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.metrics.character_accuracy import CharacterAccuracyOfAll

FACTS = Facts("a")
LETTERS = "_abcdefg"


def said(text):
    return TokenScores(
        np.log(np.eye(len(LETTERS), dtype=np.float32)[[*map(LETTERS.index, text)]] + 1e-3)
    )


def truth(text, predicted_as=None):
    return TokenTarget(np.array([*map(LETTERS.index, text)], np.int64), None, predicted_as or {})


def value(metric, *pairs):
    evidence = [metric.score(mine, theirs, FACTS) for mine, theirs in pairs]
    return metric.aggregate(evidence, np.ones((1, len(pairs)), np.int64))[0]


@pytest.mark.parametrize(
    ("parameters", "pairs", "expected"),
    [
        ({}, [("abc", "abc")], 1),
        ({}, [("abd", "abc"), ("a", "a")], 3 / 4),
        ({"blank": 0}, [("aa_ab", "aab"), ("__", "cd")], 3 / 5),
        ({"end": 0}, [("ab_cc", "ab"), ("_", "c")], 2 / 3),
        ({}, [("bcdefg", "a")], -5),
    ],
)
def test_hand_worked(parameters, pairs, expected):
    metric = CharacterAccuracyOfAll(**parameters)
    given = [(said(mine), truth(theirs)) for mine, theirs in pairs]
    assert value(metric, *given) == pytest.approx(expected)


def test_predicted_tokens_count_as_others():
    target = truth("ab", {LETTERS.index("g"): LETTERS.index("b")})
    assert value(CharacterAccuracyOfAll(), (said("ag"), target)) == 1


def test_equals_jiwer():
    random = np.random.default_rng(3)
    texts = [
        ["".join(random.choice([*"abcdefg"], random.integers(1, 9))) for _ in range(40)]
        for _ in range(2)
    ]
    given = [(said(mine), truth(theirs)) for mine, theirs in zip(*texts, strict=True)]
    expected = 1 - jiwer.cer(texts[1], texts[0])
    assert value(CharacterAccuracyOfAll(), *given) == pytest.approx(expected, abs=1e-12)
