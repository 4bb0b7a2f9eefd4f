"""Metric `label_level_recognition_accuracy`: characters that need no edit."""

from typing import ClassVar

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import TokenSequences, edit_distance
from calibrate.metrics.base import MeanMetric


class CharacterAccuracy(TokenSequences, MeanMetric):
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

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The share of one sample.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        predicted, actual = self.sequences(prediction, target, facts)
        longest = max(len(predicted), len(actual))
        return (
            1.0 - edit_distance(predicted.tolist(), actual.tolist()) / longest if longest else 1.0
        )
