"""Metric `answer_f1`: the words that answers share with accepted ones."""

from typing import ClassVar

from calibrate.metrics._lib.answers import AnswerMetric, Compare, word_f1


class AnswerF1(AnswerMetric):
    """F1 score of the words of an answer and an accepted one, mean over questions (SQuAD's "f1").

    Of several accepted answers the best counts. Words are compared without case, punctuation and
    articles, as SQuAD's official script does. The logits choose among a question's windows, and
    no answer where the dataset has such questions.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: answer_f1
    """

    name: ClassVar[str] = "answer_f1"
    compare: ClassVar[Compare] = staticmethod(word_f1)
