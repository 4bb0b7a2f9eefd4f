"""Metric `token_f1`: the F1 score of token labels."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import class_counts, total_counts
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.tokens import counted_positions
from calibrate.metrics.base import PooledMetric


class TokenF1(PooledMetric):
    """F1 score of token labels (parts of speech, named entities), position by position.

    Positions of all samples together; positions that the dataset marks do not count. Equal to
    scikit-learn's `f1_score` with `labels` of all classes but `outside`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: token_f1
            average: micro
            outside: 0
    """

    name: ClassVar[str] = "token_f1"

    average: Literal["macro", "micro", "weighted"] = "micro"
    """The average: of all decisions together, over classes, or over classes weighted by
    positions."""
    outside: int | None = None
    """The class of positions that are no entity, of which no F1 is taken."""

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """How often each class was predicted, is true, and both.

        Raises:
            CalibrateError: other kinds, NaN, other lengths, tokens outside of the vocabulary.
        """
        scores, tokens = counted_positions(self.label, prediction, target, facts)
        return class_counts(scores.argmax(axis=1).astype(np.int64), tokens)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """F1 of each set; nan where no class is predicted or true."""
        totals = total_counts(evidence, counts).without(self.outside)
        either = totals.predicted + totals.actual
        if self.average == "micro":
            return divided(2 * totals.both.sum(axis=1), either.sum(axis=1))
        weights = (either > 0) if self.average == "macro" else totals.actual
        weights = np.asarray(weights, np.float64)
        rates = np.where(either > 0, totals.balance(), 0.0)
        return divided((rates * weights).sum(axis=1), weights.sum(axis=1))
