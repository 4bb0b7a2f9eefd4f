"""Metric `word_accuracy`: the share of samples all of whose tokens are right."""

from typing import ClassVar

import numpy as np

from calibrate.core.annotation import TokenTarget
from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import counted_positions, sequences
from calibrate.metrics.base import MeanMetric


class WordAccuracy(MeanMetric):
    """Share of samples (words) all of whose token ids are predicted right.

    For datasets that hold a word a sample, such as text recognition: 1 where the most likely
    token is the true one at every position that counts, else 0; the mean over samples. With
    `blank` what a CTC model says is compared as a sequence, whatever its length.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: word_accuracy
    """

    name: ClassVar[str] = "word_accuracy"

    blank: int | None = None
    """Blank token of a CTC model: repeats become one, then blanks are removed."""
    end: int | None = None
    """Token that ends a sequence, of models with attention: it and what follows are left out."""

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """1 where all is right, else 0.

        Raises:
            CalibrateError: other kinds, NaN, other lengths, tokens outside of the vocabulary.
        """
        as_sequences = self.blank is not None or self.end is not None
        if as_sequences or (isinstance(target, TokenTarget) and target.predicted_as):
            predicted, actual = sequences(
                self.label, prediction, target, facts, self.blank, end=self.end
            )
            return float(np.array_equal(predicted, actual))
        scores, tokens = counted_positions(self.label, prediction, target, facts)
        return float((scores.argmax(axis=1) == tokens).all())
