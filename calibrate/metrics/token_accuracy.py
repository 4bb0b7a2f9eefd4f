"""Metric `token_accuracy`: the share of right tokens."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import weighted_ratio
from calibrate.metrics._lib.tokens import counted_positions


class TokenAccuracy(Component):
    """Share of token ids that are predicted right, positions of all samples together.

    At each position the most likely token against the true one; positions that the dataset
    marks do not count. Long samples weigh more, so the value is a ratio of sums.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: token_accuracy
    """

    higher_is_better: ClassVar[bool] = True
    is_mean: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    unit: ClassVar[Unit] = "fraction"
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """`token_accuracy`."""
        return "token_accuracy"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[2]: right positions, positions that count.

        Raises:
            CalibrateError: other kinds, NaN, other lengths, tokens outside of the vocabulary.
        """
        scores, tokens = counted_positions(self.label, prediction, target, facts)
        right = np.count_nonzero(scores.argmax(axis=1) == tokens)
        return np.array([right, tokens.size], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The share of right tokens in each set; nan where no position counts."""
        return weighted_ratio(evidence, counts)
