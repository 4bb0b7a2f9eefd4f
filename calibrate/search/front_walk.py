"""Which point of the front to evaluate next, and when to stop."""

from collections.abc import Sequence
from dataclasses import dataclass

from calibrate.core.evaluator import Trial
from calibrate.core.observation import holds_not_finite
from calibrate.search.drop_model import fit_drop_model
from calibrate.search.pareto import Point
from calibrate.stats.verdict import TOLERANCE

_PATIENCE = 3
"""Points tried before what is expected of others is mistrusted."""

_SLACK = 0.5
"""A trial that uses less of the target leaves enough for another look."""


@dataclass(frozen=True, slots=True)
class DropTarget:
    """What the search aims at.

    Attributes:
        max_drops: absolute budget of each metric, in its unit.
        share: part of the budget that may be used, 0-1.
        most_damage: what a candidate may do to the outputs at most; bounded after a refusal by
            the acceptance images, whatever the search images say of the drop.
        doubt: standard errors by which a measured drop may be over its budget and still be
            proposed. Where others judge it and another look is left, it costs less to ask than
            to give up layers for what may be noise.
    """

    max_drops: tuple[float, ...]
    share: float = 1.0
    most_damage: float = float("inf")
    doubt: float = 0.0


def use(trial: Trial, trials: Sequence[Trial], target: DropTarget) -> float:
    """How much of the target a trial uses: at most 1 is within it, for every metric.

    Infinite where outputs were NaN or infinite, whatever the metrics made of them.
    """
    if holds_not_finite(trial.damage):
        return float("inf")
    estimates = [
        fit_drop_model(trials, metric).estimate(
            trial.damage, trial.drops[metric], trial.errors[metric]
        )
        for metric in range(len(target.max_drops))
    ]
    # An error may be infinite.
    drops = [drop - (target.doubt * error if target.doubt else 0.0) for drop, error in estimates]
    return _share(trial.damage, drops, target)


def expected_use(point: Point, trials: Sequence[Trial], target: DropTarget) -> float:
    """How much of the target a point that was not evaluated is expected to use."""
    damage = point.damage * additivity(trials)
    drops = [fit_drop_model(trials, metric).drop(damage) for metric in range(len(target.max_drops))]
    return _share(damage, drops, target)


def _share(damage: float, drops: Sequence[float], target: DropTarget) -> float:
    """The largest share of an allowance; of an allowance of nothing anything is too much."""
    taken = [damage, *drops]
    allowed = [target.most_damage, *(most * target.share for most in target.max_drops)]
    # Means of floats: what stands on the allowance is within it.
    return max(
        used / (most * (1 + TOLERANCE)) if most > 0 else (float("inf") if used > TOLERANCE else 0.0)
        for used, most in zip(taken, allowed, strict=True)
    )


def additivity(trials: Sequence[Trial]) -> float:
    """Measured over predicted damage: what the sum over groups has to be corrected by.

    Trials of another recipe have no prediction and say nothing of it.
    """
    known = [
        trial for trial in trials if trial.predicted > 0 and not holds_not_finite(trial.damage)
    ]
    predicted = sum(trial.predicted for trial in known)
    return sum(trial.damage for trial in known) / predicted if known else 1.0


def next_point(points: Sequence[Point], trials: Sequence[Trial], target: DropTarget) -> int | None:
    """The index of the point to evaluate next, or None when more cannot change the answer.

    Points are ordered from fastest to least damage. The fastest point that is expected within
    the target is evaluated; if it is over, the next one between it and the safest; if it is
    within, the fastest that is not known to be over. Between a point that is over and its
    neighbour that is within, nothing is left to find. The response tells what to expect until
    both such trials are known, then the line between them does; where that misleads for long,
    every other step halves what is open, so the evaluations grow with the logarithm.
    """
    known = {trial.candidate: use(trial, trials, target) for trial in trials}
    over = [i for i, p in enumerate(points) if known.get(p.candidate, 0.0) > 1]
    within = [i for i, p in enumerate(points) if known.get(p.candidate, 2.0) <= 1]
    first = max(over, default=-1) + 1
    last = min((i for i in within if i >= first), default=len(points))
    open_points = range(first, last)
    if not open_points:
        return None
    middle = open_points[len(open_points) // 2]
    least = points[first].damage
    beyond = [t for t in trials if known[t.candidate] > 1 and t.predicted > least]
    if beyond and last < len(points):
        nearest = min(beyond, key=lambda trial: trial.predicted)
        ends = (
            (nearest.predicted, known[nearest.candidate]),
            (points[last].damage, known[points[last].candidate]),
        )
        expected = [i for i in open_points if _on_line(points[i].damage, ends) <= 1]
        # Nothing is expected, but half of the target is left: the line may be far off.
        halve = ends[0][1] == float("inf") or (not expected and ends[1][1] < _SLACK)
    else:
        expected = [i for i in open_points if expected_use(points[i], trials, target) <= 1]
        # The response says none will do; half-way is wrong by the least if it is mistaken.
        halve = not expected and last == len(points)
    tried = len(over) + len(within)
    if halve or (expected and tried >= _PATIENCE and tried % 2):
        return middle
    return expected[0] if expected else None


def _on_line(damage: float, ends: tuple[tuple[float, float], tuple[float, float]]) -> float:
    """The use that a damage between two measured points is expected to have."""
    (most, over), (least, within) = ends
    return within + (over - within) * (damage - least) / (most - least)


def best(points: Sequence[Point], trials: Sequence[Trial], target: DropTarget) -> Trial | None:
    """The cheapest trial within the target, None if there is none.

    Of trials that are no point of the front, the one with the fewest groups in FP32.
    """
    cost = {point.candidate: point.cost for point in points}
    passing = [trial for trial in trials if use(trial, trials, target) <= 1]
    return min(
        passing,
        key=lambda trial: (
            cost.get(trial.candidate, float("inf")),
            len(trial.candidate.fallen_back),
        ),
        default=None,
    )
