"""The choice of a precision for every group: an exact integer programme, and its Pareto front."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from calibrate.contracts.candidate import FP32, Candidate, Group, Precision
from calibrate.contracts.trial import GroupTimes
from calibrate.search.sensitivity import Damages


@dataclass(frozen=True, slots=True)
class Option:
    """One group at one precision: what it costs."""

    group: int
    precision: Precision
    cost: float
    damage: float


@dataclass(frozen=True, slots=True)
class Point:
    """A choice on the front.

    Attributes:
        candidate: the choice.
        cost: sum of the groups' costs (microseconds, or bytes for `size`).
        damage: sum of the groups' damages.
    """

    candidate: Candidate
    cost: float
    damage: float


def options(groups: Sequence[Group], damages: Damages, costs: GroupTimes) -> tuple[Option, ...]:
    """What the programme chooses from.

    A precision whose damage was not measured (the search was out of time) is no option; FP32
    always is, with no damage.
    """
    return tuple(
        Option(
            index,
            precision,
            costs[index][precision],
            0.0 if precision == FP32 else max(0.0, damages[index, precision].mean),
        )
        for index, group in enumerate(groups)
        for precision in group.precisions
        if precision == FP32 or (index, precision) in damages
    )


def cheapest(choices: Sequence[Option], count: int, most_damage: float) -> Point | None:
    """The choice of least cost whose damage stays within a bound; None if there is none.

    Minimize sum(cost * x) subject to sum(damage * x) <= bound and one precision a group, x
    binary. Among choices of equal cost the one of less damage wins, by a term too small to
    change the order of different costs.
    """
    cost = np.array([option.cost for option in choices])
    damage = np.array([option.damage for option in choices])
    scale = max(float(np.abs(cost).sum()), 1e-12)
    worst = max(float(damage.sum()), 1e-300)
    objective = cost / scale + 1e-7 * damage / worst
    one_each = np.zeros((count, len(choices)))
    for column, option in enumerate(choices):
        one_each[option.group, column] = 1
    constraints = [LinearConstraint(one_each, 1, 1)]
    if np.isfinite(most_damage):
        # Scaled to the bound: damages may be of any size, the solver's tolerance is not.
        unit = max(most_damage, 1e-9 * worst)
        constraints.append(LinearConstraint(damage[None, :] / unit, -np.inf, most_damage / unit))
    solved = milp(
        objective,
        constraints=constraints,
        integrality=np.ones(len(choices)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    if solved.x is None:
        return None
    taken = [option for option, x in zip(choices, solved.x, strict=True) if x > 0.5]
    return _point(taken, count)


def front(choices: Sequence[Option], count: int, *, size: int = 32) -> tuple[Point, ...]:
    """Points from the fastest choice to the one without damage, damage falling.

    Bounds are spaced evenly in the square root of damage, which is dense where few groups are
    left quantized; equal choices are merged and dominated ones left out.
    """
    fastest = cheapest(choices, count, float("inf"))
    if fastest is None:
        return ()
    points = [fastest]
    for step in np.linspace(1.0, 0.0, size + 1)[1:]:
        bound = fastest.damage * float(step) ** 2
        if points[-1].damage <= bound:
            continue
        point = cheapest(choices, count, bound)
        if point is not None and point.candidate != points[-1].candidate:
            points.append(point)
    return tuple(points)


def _point(taken: Sequence[Option], count: int) -> Point:
    precisions = [FP32] * count
    for option in taken:
        precisions[option.group] = option.precision
    return Point(
        Candidate(tuple(precisions)),
        sum(option.cost for option in taken),
        sum(option.damage for option in taken),
    )
