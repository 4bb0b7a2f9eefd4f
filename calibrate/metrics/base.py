"""Define base classes of metrics, so that a metric is its declarations and its formula.

A metric keeps `evidence` of each sample and computes its value from the evidence of many. The kind
of value determines the base class: a mean of a score per sample (`MeanMetric`), a ratio of two sums
(`RatioMetric`), or anything else (`PooledMetric`, which has to implement `aggregate`).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import weighted_mean, weighted_ratio
from calibrate.metrics._lib.residuals import differences

POSITIVE = (0.0, float("inf"))
"""Bounds of values of at least 0 without an upper limit."""


class BaseMetric(Component, ABC):
    """Default declarations of a metric."""

    name: ClassVar[str]
    """The name in reports, to which `label` adds parameters."""
    higher_is_better: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    unit: ClassVar[Unit] = "fraction"
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """Return the name with each parameter that is not the default: `dice ignore_label=0`."""
        return " ".join([self.name, *self.parameters()])

    def parameters(self, *, besides: Sequence[str] = ()) -> list[str]:
        """Return `key=value` of each parameter that is not the default.

        Args:
            besides: parameters that the label shows in another way.
        """
        return [
            f"{key}={_text(getattr(self, key))}"
            for key, field in type(self).model_fields.items()
            if key not in besides and getattr(self, key) != field.get_default()
        ]


class MeanMetric(BaseMetric):
    """A metric whose value is the mean over samples of a number per sample."""

    is_mean: ClassVar[bool] = True

    @abstractmethod
    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """Return the number of a sample, within `bounds`.

        Raises:
            CalibrateError: prediction and target do not fit together.
        """

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return [1]: the number of the sample."""
        return np.array([self.sample_value(prediction, target, facts)], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the mean of each set."""
        return weighted_mean(evidence, counts)


class RatioMetric(BaseMetric):
    """A metric whose value is a sum over samples, divided by another sum over samples."""

    is_mean: ClassVar[bool] = False

    @abstractmethod
    def terms(self, prediction: Prediction, target: Target, facts: Facts) -> tuple[float, float]:
        """Return what a sample adds to the numerator and to the denominator.

        Raises:
            CalibrateError: prediction and target do not fit together.
        """

    def value(self, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values from the ratios of the sums, both [B]; by default the ratios."""
        return ratio

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return [2]: what the sample adds to the two sums."""
        return np.array(self.terms(prediction, target, facts), np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the ratio of each set; nan where its denominator is 0."""
        return self.value(weighted_ratio(evidence, counts))


class PooledMetric(BaseMetric):
    """A metric whose value is computed from the evidence of all samples together."""

    is_mean: ClassVar[bool] = False


class ResidualMetric(MeanMetric):
    """A mean over samples of a formula of prediction minus target: values, or pixels 0-255."""

    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE
    unit: ClassVar[Unit] = ""

    @abstractmethod
    def formula(self, errors: NDArray[np.float64]) -> float:
        """Return the number of a sample from its errors [K]."""

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """Apply the formula to the sample's errors.

        Raises:
            CalibrateError: other kinds, NaN, or different shapes.
        """
        return self.formula(differences(self.label, prediction, target, facts))


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
