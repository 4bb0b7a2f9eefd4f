"""The drop model: a metric's drop as a function of divergence from FP32, fitted to the trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isinf, sqrt

from calibrate.core.evaluator import Trial
from calibrate.core.observation import holds_not_finite
from calibrate.stats.drop_estimator import Estimate, combined

_MODEL_ERROR = 0.5
"""Relative error of the proportional model; beyond it a trial's measured drop counts more."""


@dataclass(frozen=True, slots=True)
class DropModel:
    """A metric's drop as a multiple of divergence.

    Small independent errors move the logits by steps of variance proportional to the divergence,
    and the expected change of a smooth metric is proportional to that variance in first order
    (the linear term has mean zero). So drop = slope * divergence, through the origin: FP32 has
    neither. The slope is fitted by least squares over the trials, weighted by the inverse variance
    of their drops.

    Attributes:
        slope: drop per unit of divergence, in the metric's unit; never negative.
        error: standard error of the slope; infinite without informative trials.
    """

    slope: float
    error: float

    def drop(self, divergence: float) -> float:
        """Return the expected drop at a divergence."""
        return self.slope * divergence

    def expected(self, divergence: float) -> Estimate:
        """Return the expected drop at a divergence and its standard error.

        The error combines a relative model error of one half with the error of the slope.
        """
        drop = self.drop(divergence)
        if isinf(self.error):
            return drop, inf
        return drop, sqrt((_MODEL_ERROR * drop) ** 2 + (self.error * divergence) ** 2)

    def estimate(self, divergence: float, drop: float, error: float) -> Estimate:
        """Combine a trial's measured and expected drop, weighted by their precision.

        The count of flips on a few hundred images is noisy; the model, fitted to every trial, is
        less so. The model may be off by half, which the measurement corrects.

        Returns:
            The estimate and its standard error.
        """
        return combined((drop, error), self.expected(divergence))


def fit_drop_model(trials: Sequence[Trial], metric: int) -> DropModel:
    """Fit the drop model of one metric to the trials whose divergence is above zero.

    Args:
        trials: measured candidates.
        metric: index of the metric in `Trial.drops`.
    """
    informative = [
        trial
        for trial in trials
        if trial.damage_of_drops > 0 and not holds_not_finite(trial.damage_of_drops)
    ]
    numerator = denominator = 0.0
    for trial in informative:
        # Zero flips do not mean zero error: one flip is the smallest that can be counted.
        variance = max(trial.errors[metric], 1.0 / max(trial.images, 1)) ** 2
        divergence = trial.damage_of_drops
        numerator += divergence * trial.drops[metric] / variance
        denominator += divergence**2 / variance
    if denominator == 0:
        return DropModel(0.0, inf)  # no trial is informative: the slope is unknown
    # Trials share their images, so together they are worth one trial.
    return DropModel(max(0.0, numerator / denominator), sqrt(len(informative) / denominator))
