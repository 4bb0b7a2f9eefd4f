"""Metric `edit_distance`: edits that turn predicted tokens into true ones."""

from typing import ClassVar

from calibrate.core.component import Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import TokenSequences, edit_distance
from calibrate.metrics.base import POSITIVE, MeanMetric


class EditDistance(TokenSequences, MeanMetric):
    """Edit distance of predicted and true token ids, mean over samples.

    The fewest insertions, deletions and replacements that turn one into the other. Source:
    Levenshtein, 1966.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: edit_distance
            blank: 0
    """

    name: ClassVar[str] = "edit_distance"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE
    unit: ClassVar[Unit] = ""

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The edits of one sample.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        predicted, actual = self.sequences(prediction, target, facts)
        return float(edit_distance(predicted.tolist(), actual.tolist()))
