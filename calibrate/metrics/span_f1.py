"""Metric `span_f1`: the overlap of answers with the true ones."""

from typing import ClassVar

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.spans import span_pairs
from calibrate.metrics.base import MeanMetric


class SpanF1(MeanMetric):
    """F1 score of the positions of an answer and of a true one, mean over samples.

    Twice the common positions over the sum of both lengths, of the best of the accepted answers.
    Targets are token positions: two numbers a sample, or two for each accepted answer. Source:
    Rajpurkar et al., SQuAD, 2016 ("F1"), on positions instead of words.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: span_f1
    """

    name: ClassVar[str] = "span_f1"

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The best overlap of one sample.

        Raises:
            CalibrateError: other kinds, or a target that is no pairs of positions.
        """
        pairs = span_pairs(self.label, prediction, target, facts)
        covered = [(set(mine.covered()), set(theirs.covered())) for mine, theirs in pairs]
        return max(2 * len(mine & theirs) / (len(mine) + len(theirs)) for mine, theirs in covered)
