"""Measurements of one model, sample by sample."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence

NOT_FINITE = 1e12
"""Divergence of a sample whose outputs are NaN or infinite: larger than any other, and finite so
that sums and records of it are finite."""


def holds_not_finite(mean_divergence: float) -> bool:
    """Whether a mean divergence can only come from outputs with NaN or infinities."""
    return mean_divergence >= NOT_FINITE * 1e-5


@dataclass(slots=True)
class Observation:
    """Measurements of one model, by sample index; grows while the model runs.

    Attributes:
        evidence: for each metric of the config, in order.
        divergence: from the FP32 outputs, for models that are not FP32.
        answers: summary of the prediction for the report: class and its score.
        choices: for each metric [K] the classes that it scores, from which the drop is
            estimated; empty for metrics that do not score class answers.
    """

    evidence: dict[int, tuple[Evidence, ...]] = field(default_factory=dict)
    divergence: dict[int, float] = field(default_factory=dict)
    answers: dict[int, tuple[int, float]] = field(default_factory=dict)
    choices: dict[int, tuple[NDArray[np.int64], ...]] = field(default_factory=dict)

    def of(self, metric: int, indices: Sequence[int]) -> list[Evidence]:
        """Return one metric's evidence for samples, in their order."""
        return [self.evidence[index][metric] for index in indices]

    def update(self, other: "Observation") -> None:
        """Add another observation of the same model."""
        self.evidence.update(other.evidence)
        self.divergence.update(other.divergence)
        self.answers.update(other.answers)
        self.choices.update(other.choices)

    def restricted(self, indices: Sequence[int]) -> "Observation":
        """Return the observation of these samples alone."""
        return Observation(
            {index: self.evidence[index] for index in indices},
            {index: self.divergence[index] for index in indices if index in self.divergence},
            {index: self.answers[index] for index in indices if index in self.answers},
            {index: self.choices[index] for index in indices if index in self.choices},
        )

    def divergences(self, indices: Sequence[int]) -> NDArray[np.float64]:
        """Return [N] float64, in the order of the indices."""
        return np.array([self.divergence[index] for index in indices], np.float64)
