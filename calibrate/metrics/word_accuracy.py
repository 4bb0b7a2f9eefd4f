"""Metric `word_accuracy`: the share of samples all of whose tokens are right."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import weighted_mean
from calibrate.metrics._lib.tokens import counted_positions


class WordAccuracy(Component):
    """Share of samples (words) all of whose token ids are predicted right.

    For datasets that hold a word a sample, such as text recognition: 1 where the most likely
    token is the true one at every position that counts, else 0; the mean over samples.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: word_accuracy
    """

    higher_is_better: ClassVar[bool] = True
    is_mean: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    unit: ClassVar[Unit] = "fraction"
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """`word_accuracy`."""
        return "word_accuracy"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[1]: 1 where all is right, else 0.

        Raises:
            CalibrateError: other kinds, NaN, other lengths, tokens outside of the vocabulary.
        """
        scores, tokens = counted_positions(self.label, prediction, target, facts)
        return np.array([(scores.argmax(axis=1) == tokens).all()], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The share of right samples in each set."""
        return weighted_mean(evidence, counts)
