"""How a metric responds to damage: from divergence to drop, learned from the trials."""

from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.contracts.trial import Trial

_MODEL_ERROR = 0.5
"""Relative error granted to proportionality; beyond it a trial's own drop counts more."""


@dataclass(frozen=True, slots=True)
class Response:
    """A metric's drop as a multiple of damage.

    Small independent errors move the logits by steps of variance proportional to the damage,
    and the expected change of a smooth metric is proportional to that variance in first order
    (the linear term has mean zero). So drop = slope * damage, through the origin: FP32 has
    neither. The slope is fitted by least squares over the trials, each weighted by how sure
    its drop is.

    Attributes:
        slope: drop per unit of damage, in the metric's unit; never negative.
        error: standard error of the slope.
    """

    slope: float
    error: float

    def drop(self, damage: float) -> float:
        """The drop that this much damage is expected to cost."""
        return self.slope * damage

    def estimate(self, damage: float, drop: float, error: float) -> tuple[float, float]:
        """A trial's drop, measured and expected combined by their precision.

        Counting flips on a few hundred images is noisy where the response, learned from every
        trial, is not; the response may be off by half, which the measurement corrects.

        Returns:
            The estimate and its standard error.
        """
        expected = self.drop(damage)
        model_variance = (_MODEL_ERROR * expected) ** 2 + (self.error * damage) ** 2
        variance = error**2
        if model_variance + variance == 0:
            return drop, 0.0
        weight = model_variance / (model_variance + variance)
        combined = weight * drop + (1 - weight) * expected
        return combined, (weight * variance) ** 0.5


def fit(trials: Sequence[Trial], metric: int) -> Response:
    """The response of one metric, over trials that have damage.

    Args:
        trials: measured candidates.
        metric: index of the metric in `Trial.drops`.
    """
    numerator = denominator = 0.0
    for trial in trials:
        # A drop of zero flips is not known exactly: one flip is the least that can be told.
        variance = max(trial.errors[metric], 1.0 / max(trial.images, 1)) ** 2
        numerator += trial.damage * trial.drops[metric] / variance
        denominator += trial.damage**2 / variance
    if denominator == 0:
        return Response(0.0, 0.0)
    return Response(max(0.0, numerator / denominator), denominator**-0.5)
