"""SQuAD's normalisation and scores, and the choice among windows."""

import numpy as np
import pytest

from calibrate.core.group_annotations import AnswerTarget
from calibrate.core.predictions.span import Span
from calibrate.metrics._lib.answers import exact_match, mean_of_questions, normalized, word_f1
from calibrate.metrics.answer_exact_match import AnswerExactMatch
from tests.metrics.reference import evidence_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Quick, brown fox!", "quick brown fox"),
        ("a b the c an", "b c"),
        ("U.S.A.", "usa"),
        ("theatre", "theatre"),
        ("the", ""),
        ("twenty-one", "twentyone"),
        ("\u201cquoted\u201d", "\u201cquoted\u201d"),
    ],
)
def test_normalisation_of_the_official_script(text, expected):
    assert normalized(text) == expected


@pytest.mark.parametrize(
    ("predicted", "true", "exact", "f1"),
    [
        ("the cat", "Cat.", 1, 1),
        ("cat sat", "the cat sat down", 0, 4 / 5),
        ("dog", "cat", 0, 0),
        ("cat cat", "cat", 0, 2 / 3),
        ("", "", 1, 1),
        ("", "cat", 0, 0),
        ("the", "", 1, 1),
    ],
)
def test_scores_of_the_official_script(predicted, true, exact, f1):
    assert exact_match(predicted, true) == exact
    assert word_f1(predicted, true) == pytest.approx(f1)


OFFSETS = np.array([[-1, -1], [0, 3], [4, 7], [8, 11]])
CONTEXT = "one two six"


def window(question, token, scores, answers=("two",), *, may_be_empty=False):
    target = AnswerTarget(question, CONTEXT, answers, OFFSETS, may_be_empty)
    return Span(np.array([token, token]), *scores), target


@pytest.mark.parametrize(
    ("windows", "counts", "expected"),
    [
        # The window with the greater score answers, whatever the order.
        ([window("q", 1, (2, 0)), window("q", 2, (3, 9))], [1, 1], 1),
        ([window("q", 2, (2, 0)), window("q", 1, (3, 9))], [1, 1], 0),
        ([window("q", 2, (2, 0)), window("q", 1, (3, 9))], [1, 0], 1),
        # A question counts once, whatever the number of its windows.
        ([window("q", 2, (2, 0)), window("q", 1, (1, 9)), window("p", 1, (1, 0))], [1, 1, 1], 0.5),
        ([window("q", 2, (2, 0)), window("q", 1, (1, 9)), window("p", 1, (1, 0))], [3, 3, 1], 0.75),
        # No answer is chosen where the least of its scores is above that of the best answer.
        (
            [
                window("q", 1, (2, 5), (), may_be_empty=True),
                window("q", 1, (2, 3), (), may_be_empty=True),
            ],
            [1, 1],
            1,
        ),
        (
            [
                window("q", 1, (2, 5), (), may_be_empty=True),
                window("q", 1, (4, 3), (), may_be_empty=True),
            ],
            [1, 1],
            0,
        ),
        ([window("q", 2, (2, 5), may_be_empty=True)], [1], 0),
        ([window("q", 2, (2, 5))], [1], 1),
        ([window("q", 2, (2, 0), ("six", "TWO!"))], [1], 1),
    ],
)
def test_the_choice_among_windows(windows, counts, expected):
    metric = AnswerExactMatch()
    values = mean_of_questions(evidence_of(metric, windows), np.array([counts]))
    assert values == pytest.approx([expected])


def test_no_question_has_no_value():
    evidence = evidence_of(AnswerExactMatch(), [window("q", 2, (2, 0))])
    assert np.isnan(mean_of_questions(evidence, np.array([[0]]))).all()
