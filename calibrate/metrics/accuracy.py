"""Metric `accuracy`: the share of samples whose class is among the k best scores."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import ClassScores, Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import weighted_mean
from calibrate.metrics._lib.type_checks import check_finite, check_label, unfit


class Accuracy(Component):
    """Share of samples whose class is among the k best scores (top-1, top-5).

    The mean over samples of 1 where fewer than k classes stand before the true one, else 0. Of
    equal scores the class with the smaller id stands first, as for `argmax`.
    Interval of a drop: paired differences of the samples' hits.

    Example:
        metrics:
          - type: accuracy
            top_k: 5
    """

    higher_is_better: ClassVar[bool] = True
    is_mean: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    unit: ClassVar[Unit] = "fraction"
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    top_k: int = Field(default=1, ge=1)
    """How many of the best classes may hold the true one."""

    @property
    def label(self) -> str:
        """`accuracy@1`."""
        return f"accuracy@{self.top_k}"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[1]: 1 for a hit, 0 for a miss.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        if not (isinstance(prediction, ClassScores) and isinstance(target, ClassLabel)):
            raise unfit(self.label, prediction, target, facts, reads=[(ClassScores, ClassLabel)])
        scores = prediction.scores
        check_finite(self.label, scores, facts)
        check_label(self.label, target.label, scores.size, facts)
        own = scores[target.label]
        before = np.count_nonzero(scores > own) + np.count_nonzero(scores[: target.label] == own)
        return np.array([before < self.top_k], np.float64)

    def answer(self, prediction: Prediction) -> NDArray[np.int64]:
        """[K] the k best classes, best first; empty for other predictions than scores."""
        if not isinstance(prediction, ClassScores):
            return np.empty(0, np.int64)
        if self.top_k == 1:  # as the first of the sorted, for a tenth of the time
            return np.array([prediction.scores.argmax()], np.int64)
        return np.argsort(-prediction.scores, kind="stable")[: self.top_k]

    def expected_score(self, belief: NDArray[np.float64], answer: NDArray[np.int64]) -> float:
        """The probability that the true class is among the k best."""
        return float(belief[answer].sum())

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The share of hits in each set."""
        return weighted_mean(evidence, counts)
