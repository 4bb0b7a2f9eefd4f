"""Metric `answer_f1`: the words that answers share with accepted ones."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.answers import answer_evidence, mean_of_questions, word_f1
from calibrate.metrics.base import PooledMetric


class AnswerF1(PooledMetric):
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

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """What one window says.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return answer_evidence(self.label, prediction, target, facts, word_f1)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean over the questions of each set; nan where it has none."""
        return mean_of_questions(evidence, counts)
