"""Metric `character_accuracy`: one minus the character error rate."""

from typing import ClassVar

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import TokenSequences, edit_distance
from calibrate.metrics.base import RatioMetric


class CharacterAccuracyOfAll(TokenSequences, RatioMetric):
    """1 - (sum of edit distances) / (sum of true lengths), over all samples together.

    One minus the character error rate, so it may be negative; long texts weigh more than short
    ones, unlike in `label_level_recognition_accuracy`. It is what the Accuracy Checker calls
    `label_level_recognition_accuracy`. Source: Levenshtein, 1966.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: character_accuracy
            blank: 0
    """

    name: ClassVar[str] = "character_accuracy"
    bounds: ClassVar[tuple[float, float]] = (float("-inf"), 1.0)

    def terms(self, prediction: Prediction, target: Target, facts: Facts) -> tuple[float, float]:
        """True characters less edits, true characters.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        predicted, actual = self.sequences(prediction, target, facts)
        edits = edit_distance(predicted.tolist(), actual.tolist())
        return len(actual) - edits, len(actual)
