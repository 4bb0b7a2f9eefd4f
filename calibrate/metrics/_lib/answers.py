"""Answers to questions as texts: SQuAD's normalisation, and the best window of each question.

Source: the official script `evaluate-v2.0.py` of SQuAD (Rajpurkar et al., 2018); the choice among
windows, and of no answer, as `run_squad.py` of BERT and `run_qa.py` of Hugging Face.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.group_annotations import AnswerTarget
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.span import Span
from calibrate.core.sample import Facts
from calibrate.metrics._lib.matching import tie_rank
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.type_checks import check_finite, unfit
from calibrate.metrics.base import PooledMetric

Compare = Callable[[str, str], float]

_ARTICLES = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(answer: str) -> str:
    """Small letters without punctuation, articles and repeated blanks."""
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_PUNCTUATION)).split())


def exact_match(predicted: str, true: str) -> float:
    """1 where both are equal once normalised, else 0."""
    return float(normalized(predicted) == normalized(true))


def word_f1(predicted: str, true: str) -> float:
    """Twice the common words over the sum of both lengths; of empty answers, their equality."""
    mine, theirs = normalized(predicted).split(), normalized(true).split()
    if not mine or not theirs:
        return float(mine == theirs)
    return 2 * (Counter(mine) & Counter(theirs)).total() / (len(mine) + len(theirs))


class AnswerMetric(PooledMetric):
    """A mean over questions of how an answer compares with the accepted ones."""

    compare: ClassVar[Compare]
    """Value of an answer against an accepted one, 0-1; the best accepted one counts."""

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """What one window says.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return answer_evidence(self.label, prediction, target, facts, type(self).compare)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean over the questions of each set; nan where it has none."""
        return mean_of_questions(evidence, counts)


def answer_evidence(
    metric: str, prediction: Prediction, target: Target, facts: Facts, compare: Compare
) -> Evidence:
    """What one window says: its logits, and the values of its answer and of no answer.

    Raises:
        CalibrateError: other kinds, or NaN.
    """
    if not (isinstance(prediction, Span) and isinstance(target, AnswerTarget)):
        raise unfit(metric, prediction, target, facts, reads=[(Span, AnswerTarget)])
    check_finite(metric, np.array([prediction.score, prediction.null_score]), facts)
    first, last = prediction.positions.tolist()
    text = target.context[target.offsets[first, 0] : target.offsets[last, 1]]
    accepted = [answer for answer in target.answers if normalized(answer)] or [""]
    return {
        "question": np.array(tie_rank(f"question {target.question}")),
        "score": np.array(prediction.score, np.float64),
        "null_score": np.array(prediction.null_score, np.float64),
        "may_be_empty": np.array(target.may_be_empty),
        "value": np.array(max(compare(text, answer) for answer in accepted)),
        "null_value": np.array(max(compare("", answer) for answer in accepted)),
    }


def mean_of_questions(
    evidence: Sequence[Evidence], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The mean over questions of their best window's value; counts [B, N], values [B].

    No answer is chosen where the dataset has such questions, and the least of the windows' logits
    for it is greater than the best answer's. A question counts as often as its windows were drawn
    on average.
    """
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    columns = {key: np.array([float(piece[key]) for piece in pieces]) for key in pieces[0]}
    _, question = np.unique(columns["question"], return_inverse=True)
    windows = np.bincount(question)
    values = []
    for drawn in counts:
        weights = np.bincount(question, drawn) / windows
        best = _best(columns, question, drawn > 0)
        total = np.array(weights.sum())
        values.append(float(divided(np.array((weights * best).sum()), total)))
    return np.array(values, np.float64)


def _best(
    columns: Mapping[str, NDArray[np.float64]],
    question: NDArray[np.int64],
    drawn: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The value of each question, [Q], from the drawn windows; 0 where none was drawn."""
    best = np.zeros(int(question.max()) + 1)
    # Ascending by score: the last assignment to a question is that of its best window.
    order = np.flatnonzero(drawn)[np.argsort(columns["score"][drawn], kind="stable")]
    best[question[order]] = columns["value"][order]
    score, null = np.full(len(best), -np.inf), np.full(len(best), np.inf)
    np.maximum.at(score, question[drawn], columns["score"][drawn])
    np.minimum.at(null, question[drawn], columns["null_score"][drawn])
    empty = drawn & (columns["may_be_empty"] > 0) & (null > score)[question]
    best[question[empty]] = columns["null_value"][empty]
    return best
