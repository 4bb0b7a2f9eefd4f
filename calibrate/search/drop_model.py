"""How a metric responds to damage: from divergence to drop, learned from the trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isinf, sqrt

from calibrate.core.evaluator import Trial
from calibrate.core.observation import holds_not_finite
from calibrate.stats.drop_estimator import Estimate, combined

_MODEL_ERROR = 0.5
"""Relative error granted to proportionality; beyond it a trial's own drop counts more."""


@dataclass(frozen=True, slots=True)
class DropModel:
    """A metric's drop as a multiple of damage.

    Small independent errors move the logits by steps of variance proportional to the damage,
    and the expected change of a smooth metric is proportional to that variance in first order
    (the linear term has mean zero). So drop = slope * damage, through the origin: FP32 has
    neither. The slope is fitted by least squares over the trials, each weighted by how sure
    its drop is.

    Attributes:
        slope: drop per unit of damage, in the metric's unit; never negative.
        error: standard error of the slope; infinite where no trial says anything.
    """

    slope: float
    error: float

    def drop(self, damage: float) -> float:
        """The drop that this much damage is expected to cost."""
        return self.slope * damage

    def expected(self, damage: float) -> Estimate:
        """The drop that this much damage is expected to cost, and how far it may be off.

        Proportionality may be wrong by half; what the slope is known to comes on top.
        """
        drop = self.drop(damage)
        if isinf(self.error):
            return drop, inf
        return drop, sqrt((_MODEL_ERROR * drop) ** 2 + (self.error * damage) ** 2)

    def estimate(self, damage: float, drop: float, error: float) -> Estimate:
        """A trial's drop, measured and expected combined by their precision.

        Counting flips on a few hundred images is noisy where the response, learned from every
        trial, is not; the response may be off by half, which the measurement corrects.

        Returns:
            The estimate and its standard error.
        """
        return combined((drop, error), self.expected(damage))


def fit_drop_model(trials: Sequence[Trial], metric: int) -> DropModel:
    """The response of one metric, over trials that have damage.

    Args:
        trials: measured candidates.
        metric: index of the metric in `Trial.drops`.
    """
    damaging = [
        trial
        for trial in trials
        if trial.damage_of_drops > 0 and not holds_not_finite(trial.damage_of_drops)
    ]
    numerator = denominator = 0.0
    for trial in damaging:
        # A drop of zero flips is not known exactly: one flip is the least that can be told.
        variance = max(trial.errors[metric], 1.0 / max(trial.images, 1)) ** 2
        damage = trial.damage_of_drops
        numerator += damage * trial.drops[metric] / variance
        denominator += damage**2 / variance
    if denominator == 0:
        return DropModel(0.0, inf)  # nothing is known, which is no reason to expect nothing
    # Trials share their images, so they count as one trial's towards being sure.
    return DropModel(max(0.0, numerator / denominator), sqrt(len(damaging) / denominator))
