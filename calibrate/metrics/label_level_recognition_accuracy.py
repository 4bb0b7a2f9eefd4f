"""Metric `label_level_recognition_accuracy`: characters that need no edit."""

from typing import ClassVar

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import edit_distance, sequences
from calibrate.metrics.base import MeanMetric


class CharacterAccuracy(MeanMetric):
    """Share of characters (tokens) of a text that need no edit, mean over samples.

    1 - (edit distance) / (length of the longer of the two), as PaddleOCR's `norm_edit_dis`; 1
    where both are empty. The character error rate is `wer` without `separator`.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: label_level_recognition_accuracy
            blank: 0
    """

    name: ClassVar[str] = "label_level_recognition_accuracy"

    blank: int | None = None
    """Blank token of a CTC model: repeats become one, then blanks are removed."""
    end: int | None = None
    """Token that ends a sequence, of models with attention: it and what follows are left out."""

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The share of one sample.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        predicted, actual = sequences(
            self.label, prediction, target, facts, self.blank, end=self.end
        )
        longest = max(len(predicted), len(actual))
        return (
            1.0 - edit_distance(predicted.tolist(), actual.tolist()) / longest if longest else 1.0
        )
