"""`edit_distance`, `wer` and `label_level_recognition_accuracy` against jiwer."""

import jiwer
import numpy as np
import pytest

from calibrate.core.annotation import TokenTarget
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.metrics.edit_distance import EditDistance
from calibrate.metrics.label_level_recognition_accuracy import CharacterAccuracy
from calibrate.metrics.wer import Wer
from calibrate.metrics.word_accuracy import WordAccuracy
from tests.metrics.reference import evidence_of

LETTERS = "_abcdef"
BLANK = 0


def ctc(path):
    """Log-probabilities [T, 7] whose most likely path is the given one."""
    return TokenScores(np.log(0.9 * np.eye(7)[[LETTERS.index(entry) for entry in path]] + 0.1 / 7))


def tokens(text):
    return TokenTarget(np.array([LETTERS.index(entry) for entry in text], np.int64))


# The path of the network, what it says, and the truth.
CASES = [
    ("aa_ab__c", "aabc", "aabc"),
    ("abc_____", "abc", "abcd"),
    ("_f_f_f__", "fff", "abc"),
    ("ab_cdeff", "abcdef", "badcfe"),
    ("________", "", "ab"),
]


@pytest.mark.parametrize(("path", "said", "true"), CASES)
def test_against_jiwer(path, said, true):
    case = (ctc(path), tokens(true), Facts("a"))
    output = jiwer.process_characters(true, said)
    edits = output.substitutions + output.deletions + output.insertions
    assert EditDistance(blank=BLANK).score(*case) == [edits]
    longest = max(len(said), len(true))
    assert CharacterAccuracy(blank=BLANK).score(*case) == pytest.approx([1 - edits / longest])
    assert WordAccuracy(blank=BLANK).score(*case) == [float(said == true)]


def test_the_character_error_rate():
    metric = Wer(blank=BLANK)
    evidence = evidence_of(metric, [(ctc(path), tokens(true)) for path, _, true in CASES])
    expected = jiwer.cer([true for *_, true in CASES], [said for _, said, _ in CASES])
    assert metric.aggregate(evidence, np.ones((1, 5), np.int64)) == pytest.approx([expected])


def test_without_a_blank_repeats_are_repeats():
    assert EditDistance().score(ctc("aab"), tokens("ab"), Facts("a")) == [1.0]
