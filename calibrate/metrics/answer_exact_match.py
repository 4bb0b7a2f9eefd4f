"""Metric `answer_exact_match`: the share of questions whose answer is an accepted one."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.answers import answer_evidence, exact_match, mean_of_questions
from calibrate.metrics.base import PooledMetric


class AnswerExactMatch(PooledMetric):
    """Share of questions whose answer is an accepted one, as texts (SQuAD's "exact").

    Texts are compared without case, punctuation and articles, as SQuAD's official script does. The
    logits choose among a question's windows, and no answer where the dataset has such questions.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: answer_exact_match
    """

    name: ClassVar[str] = "answer_exact_match"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """What one window says.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return answer_evidence(self.label, prediction, target, facts, exact_match)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean over the questions of each set; nan where it has none."""
        return mean_of_questions(evidence, counts)
