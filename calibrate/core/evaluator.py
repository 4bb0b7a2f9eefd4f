"""The interface through which the search measures candidates, and the records it returns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate, ComputeType, Precision

FIRST_IMAGES = 8
"""Images after which an evaluator first checks whether they are enough: the fewest that give a
usable standard error."""

GroupTimes = Sequence[Mapping[Precision, float]]
"""Microseconds of one inference spent in each group, by precision."""

Crossing = frozenset[ComputeType]
"""The two types between which values are converted at a boundary of two groups."""


@dataclass(frozen=True, slots=True)
class GroupCosts:
    """Costs of the groups in the objective: time, or bytes.

    Attributes:
        groups: of each group at each precision, next to neighbours of its own precision.
        boundaries: extra where two neighbouring groups compute in different types, by their
            indices and the types: conversions, and values stored wider than the reader needs them.
    """

    groups: GroupTimes
    boundaries: Mapping[tuple[int, int], Mapping[Crossing, float]]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How far one group alone moves the output from FP32.

    Attributes:
        mean: mean divergence over the images, in the decoder's measure.
        error: standard error of that mean.
        images: how many images were measured.
    """

    mean: float
    error: float
    images: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate and what was measured of it on the search images.

    Attributes:
        candidate: which precisions.
        predicted: divergence predicted as the sum of the groups' sensitivities.
        damage: mean divergence measured on the search images of all folds, same unit; no label
            enters it. If the evaluation ended early, the mean over the images observed.
        drops: FP32 minus candidate in each metric's good direction, in the metrics' units.
        errors: standard errors of the drops.
        images: how many images were evaluated before the decision.
        fold_damage: mean divergence on those images alone; None if `damage` is of them alone.
    """

    candidate: Candidate
    predicted: float
    damage: float
    drops: tuple[float, ...]
    errors: tuple[float, ...]
    images: int
    fold_damage: float | None = None

    @property
    def damage_of_drops(self) -> float:
        """Mean divergence on the images that the drops were measured on."""
        return self.damage if self.fold_damage is None else self.fold_damage


class Evaluator(Protocol):
    """Measures candidates; nothing is measured twice."""

    def divergence(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        enough: Callable[[NDArray[np.float64]], bool],
        upcoming: Sequence[Candidate] = (),
    ) -> NDArray[np.float64]:
        """Measure divergences from FP32, sample by sample, until `enough` is true; uses no labels.

        `enough` is called with the divergences so far, after `FIRST_IMAGES` samples and whenever
        their number has doubled.
        `upcoming` are the candidates that follow, with the same arguments: they may be compiled or
        measured while this one runs.
        """
        ...

    def observe(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        lost: Callable[[Observation, int], bool] = ...,
    ) -> Observation:
        """Observe evidence and divergence of the samples at `indices`, or of the first of them.

        `lost` is called after 64 samples, 128 and so on, with the observation and the number of
        indices done; True ends early, as in a sequential test.
        """
        ...
