"""What was seen of one model, sample by sample."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence

NOT_FINITE = 1e12
"""Recorded as the divergence of a sample whose outputs are NaN or infinite: more than any other,
and finite, so that sums and records of it are."""


def holds_not_finite(mean_divergence: float) -> bool:
    """Whether a mean divergence can only come from outputs that were not finite."""
    return mean_divergence >= NOT_FINITE * 1e-5


@dataclass(slots=True)
class Observation:
    """What was seen of one model, by sample index; grows while a model runs.

    Attributes:
        evidence: for each metric of the judge, in its order.
        divergence: from the FP32 outputs, for models that are not FP32.
        answers: summary of the prediction for the report: class and its score.
        choices: for each metric [K] the classes that it scores, by which the cost of a changed
            answer is expected; empty where the metric cannot say.
    """

    evidence: dict[int, tuple[Evidence, ...]] = field(default_factory=dict)
    divergence: dict[int, float] = field(default_factory=dict)
    answers: dict[int, tuple[int, float]] = field(default_factory=dict)
    choices: dict[int, tuple[NDArray[np.int64], ...]] = field(default_factory=dict)

    def of(self, metric: int, indices: Sequence[int]) -> list[Evidence]:
        """One metric's evidence for samples, in their order."""
        return [self.evidence[index][metric] for index in indices]

    def update(self, other: "Observation") -> None:
        """Take over what another observation of the same model saw."""
        self.evidence.update(other.evidence)
        self.divergence.update(other.divergence)
        self.answers.update(other.answers)
        self.choices.update(other.choices)

    def restricted(self, indices: Sequence[int]) -> "Observation":
        """The part of it that is about these samples."""
        return Observation(
            {index: self.evidence[index] for index in indices},
            {index: self.divergence[index] for index in indices if index in self.divergence},
            {index: self.answers[index] for index in indices if index in self.answers},
            {index: self.choices[index] for index in indices if index in self.choices},
        )

    def divergences(self, indices: Sequence[int]) -> NDArray[np.float64]:
        """[N] float64, in the order of the indices."""
        return np.array([self.divergence[index] for index in indices], np.float64)
