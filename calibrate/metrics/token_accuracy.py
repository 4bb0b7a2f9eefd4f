"""Metric `token_accuracy`: the share of right tokens."""

from typing import ClassVar

import numpy as np

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import counted_positions
from calibrate.metrics.base import RatioMetric


class TokenAccuracy(RatioMetric):
    """Share of token ids that are predicted right, positions of all samples together.

    At each position the most likely token against the true one; positions that the dataset
    marks do not count. Long samples weigh more, so the value is a ratio of sums.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: token_accuracy
    """

    name: ClassVar[str] = "token_accuracy"

    def terms(self, prediction: Prediction, target: Target, facts: Facts) -> tuple[float, float]:
        """Right positions, positions that count.

        Raises:
            CalibrateError: other kinds, NaN, other lengths, tokens outside of the vocabulary.
        """
        scores, tokens = counted_positions(self.label, prediction, target, facts)
        right = int(np.count_nonzero(scores.argmax(axis=1) == tokens))
        return right, tokens.size
