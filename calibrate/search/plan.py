"""Which point of the front to evaluate next, and when to stop."""

from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.contracts.trial import Trial
from calibrate.search.choice import Point
from calibrate.search.response import fit


@dataclass(frozen=True, slots=True)
class Target:
    """What the search aims at.

    Attributes:
        max_drops: absolute budget of each metric, in its unit.
        share: part of the budget that may be used, 0-1.
        most_damage: what a candidate may do to the outputs at most; bounded after a refusal by
            the acceptance images, whatever the search images say of the drop.
    """

    max_drops: tuple[float, ...]
    share: float = 1.0
    most_damage: float = float("inf")


def use(trial: Trial, trials: Sequence[Trial], target: Target) -> float:
    """How much of the target a trial uses: at most 1 is within it, for every metric."""
    shares = [trial.damage / target.most_damage]
    for metric, max_drop in enumerate(target.max_drops):
        response = fit(trials, metric)
        drop, _ = response.estimate(trial.damage, trial.drops[metric], trial.errors[metric])
        allowed = max_drop * target.share
        shares.append(drop / allowed if allowed > 0 else (float("inf") if drop > 0 else 0.0))
    return max(shares)


def expected_use(point: Point, trials: Sequence[Trial], target: Target) -> float:
    """How much of the target a point that was not evaluated is expected to use."""
    damage = point.damage * additivity(trials)
    shares = [damage / target.most_damage]
    for metric, max_drop in enumerate(target.max_drops):
        drop = fit(trials, metric).drop(damage)
        allowed = max_drop * target.share
        shares.append(drop / allowed if allowed > 0 else (float("inf") if drop > 0 else 0.0))
    return max(shares)


def additivity(trials: Sequence[Trial]) -> float:
    """Measured over predicted damage: what the sum over groups has to be corrected by."""
    predicted = sum(trial.predicted for trial in trials)
    return sum(trial.damage for trial in trials) / predicted if predicted > 0 else 1.0


def next_point(points: Sequence[Point], trials: Sequence[Trial], target: Target) -> int | None:
    """The index of the point to evaluate next, or None when more cannot change the answer.

    Points are ordered from fastest to least damage. The fastest point that is expected within
    the target is evaluated; if it is over, the next one between it and the safest; if it is
    within, the fastest that is not known to be over. Between a point that is over and its
    neighbour that is within, nothing is left to find.
    """
    known = {trial.candidate: use(trial, trials, target) for trial in trials}
    over = [i for i, p in enumerate(points) if known.get(p.candidate, 0.0) > 1]
    within = [i for i, p in enumerate(points) if known.get(p.candidate, 2.0) <= 1]
    first = max(over, default=-1) + 1
    last = min((i for i in within if i >= first), default=len(points))
    open_points = range(first, last)
    if not open_points:
        return None
    expected = [i for i in open_points if expected_use(points[i], trials, target) <= 1]
    if not expected:
        # The response says none will do; half-way is wrong by the least if it is mistaken.
        return None if last < len(points) else open_points[len(open_points) // 2]
    return expected[0]


def best(points: Sequence[Point], trials: Sequence[Trial], target: Target) -> Trial | None:
    """The cheapest trial within the target, None if there is none."""
    cost = {point.candidate: point.cost for point in points}
    passing = [t for t in trials if use(t, trials, target) <= 1]
    return min(passing, key=lambda t: cost.get(t.candidate, float("inf")), default=None)
