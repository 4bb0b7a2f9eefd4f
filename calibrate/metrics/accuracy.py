"""Metric `accuracy`: the share of samples whose class is among the k best scores."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.sample import Facts
from calibrate.metrics._lib.type_checks import check_finite, check_label, unfit
from calibrate.metrics.base import MeanMetric


class Accuracy(MeanMetric):
    """Share of samples whose class is among the k best scores (top-1, top-5).

    The mean over samples of 1 where fewer than k classes stand before the true one, else 0. Of
    equal scores the class with the smaller id stands first, as for `argmax`.
    Interval of a drop: paired differences of the samples' hits.

    Example:
        metrics:
          - type: accuracy
            top_k: 5
    """

    name: ClassVar[str] = "accuracy"

    top_k: int = Field(default=1, ge=1)
    """How many of the best classes may hold the true one."""

    @property
    def label(self) -> str:
        """`accuracy@1`."""
        return f"accuracy@{self.top_k}"

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """1 for a hit, 0 for a miss.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        if not (isinstance(prediction, ClassScores) and isinstance(target, ClassLabel)):
            raise unfit(self.label, prediction, target, facts, reads=[(ClassScores, ClassLabel)])
        scores = prediction.scores
        check_finite(self.label, scores, facts)
        check_label(self.label, target.label, scores.size, facts)
        if scores.size == 2 and self.top_k == 1:
            return float(prediction.best() == target.label)
        score = scores[target.label]
        ahead = np.count_nonzero(scores > score) + np.count_nonzero(scores[: target.label] == score)
        return float(ahead < self.top_k)

    def answer(self, prediction: Prediction) -> NDArray[np.int64]:
        """[K] the k best classes, best first; empty for other predictions than scores."""
        if not isinstance(prediction, ClassScores):
            return np.empty(0, np.int64)
        if self.top_k == 1:  # as the first of the sorted, for a tenth of the time
            return np.array([prediction.best()], np.int64)
        return np.argsort(-prediction.scores, kind="stable")[: self.top_k]
