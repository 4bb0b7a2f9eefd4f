"""Metric `span_exact_match`: the share of answers that are exactly a true one."""

from typing import ClassVar

from calibrate.core.component import Target
from calibrate.core.predictions.base import Confidence, Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.spans import span_pairs
from calibrate.metrics.base import MeanMetric


class SpanExactMatch(MeanMetric):
    """Share of samples whose answer has the first and last position of a true one.

    Targets are token positions: two numbers a sample, or two for each accepted answer. Source:
    Rajpurkar et al., SQuAD, 2016 ("exact match"), on positions instead of words.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: span_exact_match
    """

    name: ClassVar[str] = "span_exact_match"

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """1 where the answer is a true one, else 0.

        Raises:
            CalibrateError: other kinds, or a target that is no pairs of positions.
        """
        pairs = span_pairs(self.label, prediction, target, facts)
        return max(mine.agreement(theirs, Confidence()) for mine, theirs in pairs)
