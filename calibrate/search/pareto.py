"""The choice of a precision for every group: an exact integer programme, and its Pareto front."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from calibrate.core.evaluator import Crossing, GroupCosts
from calibrate.core.observation import holds_not_finite
from calibrate.core.precision import FP32, Candidate, ComputeType, Group, Precision
from calibrate.runtime.native_output import suppress_native_output
from calibrate.search.sensitivity import Sensitivities

_TIE = 1e-7
"""Weight of divergence relative to cost: it only decides between equal costs."""

_MAGNIFIED = 1e6
"""Scale of the objective: the solver stops at an absolute gap of 1e-6, below the tie-break's."""


@dataclass(frozen=True, slots=True)
class Option:
    """One group at one precision, with its cost and its sensitivity."""

    group: int
    precision: Precision
    cost: float
    damage: float


@dataclass(frozen=True, slots=True)
class Problem:
    """The integer programme: a precision for every group.

    Attributes:
        count: number of groups.
        options: every precision of every group.
        boundaries: extra cost where two groups compute in different types, by the types.
    """

    count: int
    options: tuple[Option, ...]
    boundaries: Mapping[tuple[int, int], Mapping[Crossing, float]]


@dataclass(frozen=True, slots=True)
class Point:
    """A choice on the front.

    Attributes:
        candidate: the choice.
        cost: cost in the objective (microseconds, or bytes for `size`), boundaries included.
        damage: sum of the groups' sensitivities.
    """

    candidate: Candidate
    cost: float
    damage: float


def problem(
    groups: Sequence[Group], sensitivities: Sensitivities, group_costs: GroupCosts
) -> Problem:
    """Return the programme of a model.

    A precision is no option if its sensitivity was not measured (the search was out of time) or if
    its outputs were NaN or infinite. FP32 always is one, with sensitivity 0.
    """
    options = tuple(
        Option(
            index,
            precision,
            group_costs.groups[index][precision],
            0.0 if precision == FP32 else max(0.0, sensitivities[index, precision].mean),
        )
        for index, group in enumerate(groups)
        for precision in group.precisions
        if precision == FP32
        or (
            (index, precision) in sensitivities
            and not holds_not_finite(sensitivities[index, precision].mean)
        )
    )
    return Problem(len(groups), options, group_costs.boundaries)


def free_choice(groups: Sequence[Group], group_costs: GroupCosts) -> Problem:
    """Return the programme of a model with all sensitivities 0."""
    options = tuple(
        Option(index, precision, group_costs.groups[index][precision], 0.0)
        for index, group in enumerate(groups)
        for precision in group.precisions
    )
    return Problem(len(groups), options, group_costs.boundaries)


def cheapest(given: Problem, most_damage: float) -> Point | None:
    """Return the choice of least cost whose divergence is within a bound; None if there is none.

    Minimize sum(cost * x) + sum(boundary * z) subject to sum(sensitivity * x) <= bound, one
    precision per group, x binary. For neighbours i and j, z_ab of each pair of compute types is the
    share of the boundary between them: sum_b z_ab is how much of i computes in type a, sum_a z_ab
    how much of j in type b (the local marginal polytope: with x integer, z is integer too). Among
    choices of equal cost the least divergent wins, by a term too small to change the order of
    different costs.

    Source of the relaxation: M. Wainwright and M. Jordan, Graphical Models, Exponential Families,
    and Variational Inference, 2008, section 4.
    """
    cost = np.array([option.cost for option in given.options])
    sensitivity = np.array([option.damage for option in given.options])
    shares = _shares(given)
    extra = np.array([share.extra for share in shares])
    scale = max(float(cost.sum() + extra.sum()), 1e-12)
    worst = max(float(sensitivity.sum()), 1e-300)
    objective = np.concatenate([cost / scale + _TIE * sensitivity / worst, extra / scale])
    constraints = [_one_each(given, len(shares)), *_marginals(given, shares)]
    if np.isfinite(most_damage):
        # Scaled to the bound: sensitivities have any magnitude, the solver's tolerance is fixed.
        unit = max(most_damage, 1e-9 * worst)
        row = np.concatenate([sensitivity / unit, np.zeros(len(shares))])
        constraints.append(LinearConstraint(row[None, :], -np.inf, most_damage / unit))
    with suppress_native_output():
        solved = milp(
            _MAGNIFIED * objective,
            constraints=constraints,
            integrality=np.concatenate([np.ones(len(cost)), np.zeros(len(shares))]),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.0},
        )
    if solved.x is None:
        return None
    taken = [option for option, x in zip(given.options, solved.x, strict=False) if x > 0.5]
    return _point(given, taken)


def front(given: Problem, *, size: int = 32) -> tuple[Point, ...]:
    """Return the points from the fastest choice to the one without divergence, by rising cost.

    Bounds are evenly spaced in the square root of the divergence, which is dense where few groups
    are left quantized; equal choices are merged.
    """
    fastest = cheapest(given, float("inf"))
    if fastest is None:
        return ()
    points = [fastest]
    for step in np.linspace(1.0, 0.0, size + 1)[1:]:
        bound = fastest.damage * float(step) ** 2
        if points[-1].damage <= bound:
            continue
        point = cheapest(given, bound)
        if point is not None and point.candidate != points[-1].candidate:
            points.append(point)
    return tuple(points)


def candidate_cost(given: Problem, candidate: Candidate) -> float:
    """Return the cost of any choice, boundaries included."""
    alone = sum(o.cost for o in given.options if candidate.precisions[o.group] == o.precision)
    types = [precision.compute_type for precision in candidate]
    crossed = sum(
        extra.get(frozenset((types[first], types[second])), 0.0)
        for (first, second), extra in given.boundaries.items()
    )
    return alone + crossed


@dataclass(frozen=True, slots=True)
class _Share:
    """The share of a boundary that lies between two compute types."""

    edge: tuple[int, int]
    types: tuple[ComputeType, ComputeType]
    extra: float


def _shares(given: Problem) -> list[_Share]:
    """List every pair of types that the groups at a boundary may compute in."""
    types: list[list[ComputeType]] = [[] for _ in range(given.count)]
    for option in given.options:
        if option.precision.compute_type not in types[option.group]:
            types[option.group].append(option.precision.compute_type)
    return [
        _Share(edge, (first, second), extra.get(frozenset((first, second)), 0.0))
        for edge, extra in given.boundaries.items()
        if any(value > 0 for value in extra.values())
        for first in types[edge[0]]
        for second in types[edge[1]]
    ]


def _one_each(given: Problem, shares: int) -> LinearConstraint:
    rows = np.zeros((given.count, len(given.options) + shares))
    for column, option in enumerate(given.options):
        rows[option.group, column] = 1
    return LinearConstraint(rows, 1, 1)


def _marginals(given: Problem, shares: Sequence[_Share]) -> list[LinearConstraint]:
    """Constrain a boundary's shares to the compute types of its two groups."""
    rows: dict[tuple[tuple[int, int], int, ComputeType], NDArray[np.float64]] = {}
    width = len(given.options) + len(shares)
    for number, share in enumerate(shares):
        for side, compute_type in enumerate(share.types):
            row = rows.setdefault((share.edge, side, compute_type), np.zeros(width))
            row[len(given.options) + number] = 1
    for (edge, side, compute_type), row in rows.items():
        for column, option in enumerate(given.options):
            if option.group == edge[side] and option.precision.compute_type == compute_type:
                row[column] = -1
    return [LinearConstraint(np.array(list(rows.values())), 0, 0)] if rows else []


def _point(given: Problem, taken: Sequence[Option]) -> Point:
    precisions = [FP32] * given.count
    for option in taken:
        precisions[option.group] = option.precision
    candidate = Candidate(tuple(precisions))
    return Point(
        candidate, candidate_cost(given, candidate), sum(option.damage for option in taken)
    )
