"""What the search asks of the world: damages, observations and times of candidates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from calibrate.core.observation import Observation
from calibrate.core.precision import Candidate, ComputeType, Precision

FIRST_IMAGES = 8
"""Images after which a laboratory asks for the first time whether it is enough: as few as tell a
standard error."""

GroupTimes = Sequence[Mapping[Precision, float]]
"""Microseconds of one inference spent in each group, by precision."""

Crossing = frozenset[ComputeType]
"""The two types between which values are converted at a boundary of two groups."""


@dataclass(frozen=True, slots=True)
class GroupCosts:
    """What a choice costs in the objective: time, or bytes.

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
        images: how many images it rests on.
    """

    mean: float
    error: float
    images: int


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate and what was measured of it on the search images.

    Attributes:
        candidate: which precisions.
        predicted: damage that the groups' damages add up to.
        damage: mean divergence measured on the search images of all folds, same unit; no label
            enters it. Where the candidate was given up early, that on the images seen.
        drops: FP32 minus candidate in each metric's good direction, in the metrics' units.
        errors: standard errors of the drops.
        images: how many images were evaluated before it was decided.
        own_damage: mean divergence on just these; None where `damage` is of just these.
    """

    candidate: Candidate
    predicted: float
    damage: float
    drops: tuple[float, ...]
    errors: tuple[float, ...]
    images: int
    own_damage: float | None = None

    @property
    def damage_of_drops(self) -> float:
        """The damage that did the drops: that on the images whose labels were counted."""
        return self.damage if self.own_damage is None else self.own_damage


class Evaluator(Protocol):
    """Measures candidates; what was measured before is not measured again."""

    def divergence(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        enough: Callable[[NDArray[np.float64]], bool],
        upcoming: Candidate | None = None,
    ) -> NDArray[np.float64]:
        """Divergences from FP32 of samples in order, until `enough` says so; no labels used.

        `enough` is asked after each look (`FIRST_LOOK` samples, then twice as many each time)
        with what was seen.
        `upcoming` is what will be asked for next: it may be compiled while this one runs.
        """
        ...

    def observe(
        self,
        candidate: Candidate,
        indices: Sequence[int],
        lost: Callable[[Observation, int], bool] = ...,
    ) -> Observation:
        """Evidence and divergence of the samples at `indices`, at most.

        `lost` is asked after 64 samples, 128 and so on, with what was seen and how many of the
        indices; True ends early, which is what a race is about.
        """
        ...
