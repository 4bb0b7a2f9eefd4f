"""Choose the point of the Pareto front to evaluate next, and decide when to stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log2

from calibrate.core.evaluator import Trial
from calibrate.core.observation import holds_not_finite
from calibrate.search.drop_model import fit_drop_model
from calibrate.search.pareto import Point
from calibrate.stats.budget import TOLERANCE

_PATIENCE = 3
"""Points tried before the search no longer relies on expectations alone."""

_SLACK = 0.5
"""A trial that uses a smaller share of the target leaves enough of it to try another point."""


@dataclass(frozen=True, slots=True)
class DropTarget:
    """The drop that the search aims at.

    Attributes:
        max_drops: absolute budget of each metric, in its unit.
        share: part of the budget that may be used, 0-1.
        most_damage: largest divergence from FP32 that a candidate may have; finite after a refusal
            by the acceptance images, for any drop on the search images.
        doubt: standard errors by which a measured drop may exceed its budget and still be proposed.
            If another acceptance round is left, a refusal costs less than layers given up for
            what may be noise.
    """

    max_drops: tuple[float, ...]
    share: float = 1.0
    most_damage: float = float("inf")
    doubt: float = 0.0


def use(trial: Trial, trials: Sequence[Trial], target: DropTarget) -> float:
    """Return the share of the target that a trial uses; at most 1 if every metric is within it.

    Infinite if outputs were NaN or infinite, for any values of the metrics.
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
    """Return the share of the target that a point not yet evaluated is expected to use."""
    divergence = point.damage * additivity(trials)
    drops = [
        fit_drop_model(trials, metric).drop(divergence) for metric in range(len(target.max_drops))
    ]
    return _share(divergence, drops, target)


def _share(divergence: float, drops: Sequence[float], target: DropTarget) -> float:
    """Return the largest share of a limit; infinite if anything is used of a limit of zero."""
    used_amounts = [divergence, *drops]
    limits = [target.most_damage, *(max_drop * target.share for max_drop in target.max_drops)]
    # Rounding of means: a value equal to its limit is within it.
    return max(
        used / (limit * (1 + TOLERANCE))
        if limit > 0
        else (float("inf") if used > TOLERANCE else 0.0)
        for used, limit in zip(used_amounts, limits, strict=True)
    )


def additivity(trials: Sequence[Trial]) -> float:
    """Return the ratio of measured to predicted divergence, which corrects the sum over groups.

    Trials of another recipe have no prediction and are left out.
    """
    comparable = [
        trial for trial in trials if trial.predicted > 0 and not holds_not_finite(trial.damage)
    ]
    predicted = sum(trial.predicted for trial in comparable)
    return sum(trial.damage for trial in comparable) / predicted if comparable else 1.0


def next_point(points: Sequence[Point], trials: Sequence[Trial], target: DropTarget) -> int | None:
    """Return the index of the point to evaluate next; None if no point can change the answer.

    Points are ordered from the fastest to the least divergent. The fastest point that is expected
    within the target is evaluated; if it is over, the next one between it and the safest; if it is
    within, the fastest that was not found to be over. The search ends when a point that is over and
    one that is within are neighbours. The drop model gives the expectation until both such trials
    exist, then linear interpolation between them does. If expectations stay wrong, every other step
    halves the open points, so the number of evaluations grows with the logarithm.
    """
    uses = {trial.candidate: use(trial, trials, target) for trial in trials}
    over = [i for i, p in enumerate(points) if uses.get(p.candidate, 0.0) > 1]
    within = [i for i, p in enumerate(points) if uses.get(p.candidate, 2.0) <= 1]
    first = max(over, default=-1) + 1
    last = min((i for i in within if i >= first), default=len(points))
    open_points = range(first, last)
    if not open_points:
        return None
    middle = open_points[len(open_points) // 2]
    least = points[first].damage
    trials_over = [t for t in trials if uses[t.candidate] > 1 and t.predicted > least]
    if trials_over and last < len(points):
        nearest = min(trials_over, key=lambda trial: trial.predicted)
        ends = (
            (nearest.predicted, uses[nearest.candidate]),
            (points[last].damage, uses[points[last].candidate]),
        )
        expected = [i for i in open_points if _on_line(points[i].damage, ends) <= 1]
        # No point is expected within, but half of the target is left: the line may be far off.
        halve = ends[0][1] == float("inf") or (not expected and ends[1][1] < _SLACK)
    else:
        expected = [i for i in open_points if expected_use(points[i], trials, target) <= 1]
        # The drop model expects no point within; the middle is the safest guess if it is wrong.
        halve = not expected and last == len(points)
    tried = len(over) + len(within)
    if halve or (expected and tried >= _PATIENCE and tried % 2):
        return middle
    return expected[0] if expected else None


def _on_line(divergence: float, ends: tuple[tuple[float, float], tuple[float, float]]) -> float:
    """Interpolate the use of a divergence between two measured points."""
    (most, over), (least, within) = ends
    return within + (over - within) * (divergence - least) / (most - least)


def best(points: Sequence[Point], trials: Sequence[Trial], target: DropTarget) -> Trial | None:
    """Return the cheapest trial within the target; None if there is none.

    Among trials that are not on the front, the one with the fewest groups in FP32.
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


def most_candidates(max_num_iterations: int | None, points: int) -> int:
    """Return how many points of a front are evaluated at most.

    Args:
        max_num_iterations: setting of the config; None for three more than bisection needs.
        points: points of the front.
    """
    return max_num_iterations or 3 + ceil(log2(points + 1))
