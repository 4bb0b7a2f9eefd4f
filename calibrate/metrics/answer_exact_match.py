"""Metric `answer_exact_match`: the share of questions whose answer is an accepted one."""

from typing import ClassVar

from calibrate.metrics._lib.answers import AnswerMetric, Compare, exact_match


class AnswerExactMatch(AnswerMetric):
    """Share of questions whose answer is an accepted one, as texts (SQuAD's "exact").

    Texts are compared without case, punctuation and articles, as SQuAD's official script does. The
    logits choose among a question's windows, and no answer where the dataset has such questions.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: answer_exact_match
    """

    name: ClassVar[str] = "answer_exact_match"
    compare: ClassVar[Compare] = staticmethod(exact_match)
