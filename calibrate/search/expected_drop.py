"""Drops on the acceptance images with less noise than counting: what was expected weighs in.

What to expect was learned on each fold's search images, so no label of an image has a say in its
own judgement.
"""

from collections.abc import Mapping, Sequence

from calibrate.core.observation import Observation
from calibrate.core.verdict import Interval
from calibrate.search.mixed_precision import Proposal, Solver
from calibrate.stats.drop_estimator import Estimate, combined
from calibrate.stats.intervals import standard_error


def better_estimates(
    solvers: Sequence[Solver],
    proposals: Sequence[Proposal],
    seen: Observation,
    drops: Mapping[str, Interval],
) -> dict[str, float]:
    """The drop of each metric for which more is known than what was counted.

    Where the metric can say what a changed answer is expected to cost, that; elsewhere what
    damage was seen to cost. A metric that compares with FP32 itself is left out: its noise is
    small, and it grows with the size of the errors rather than with their squares.

    Args:
        solvers: one a fold.
        proposals: one a fold.
        seen: on each acceptance image what was chosen without it.
        drops: as counted on all acceptance images, by the metric's label.
    """
    found: dict[str, float] = {}
    if all(proposal.trial is None for proposal in proposals):
        return found  # FP32 itself
    for position, judged in enumerate(solvers[0].ground.resolved.metrics):
        metric = judged.metric
        estimate = _by_answers(solvers, proposals, seen, position)
        if estimate is None and metric.reference == "annotation":
            counted = drops[metric.label]
            expected = _by_damage(solvers, proposals, seen, position)
            estimate = combined((counted.estimate, standard_error(counted)), expected)[0]
        if estimate is not None:
            found[metric.label] = estimate
    return found


def _by_answers(
    solvers: Sequence[Solver], proposals: Sequence[Proposal], seen: Observation, position: int
) -> float | None:
    """What is counted and what the changed answers are expected to cost; None if none can say."""
    total, images = 0.0, 0
    for solver, proposal in zip(solvers, proposals, strict=True):
        own = solver.fold.acceptance
        images += len(own)
        if proposal.trial is None:
            continue
        slope = solver.slope(position)
        if slope is None:
            return None
        total += len(own) * solver.board.combined(seen, position, own, slope)[0]
    return total / images


def _by_damage(
    solvers: Sequence[Solver], proposals: Sequence[Proposal], seen: Observation, position: int
) -> Estimate:
    """What the damage to the acceptance images is expected to cost.

    Folds share their model, so what one may be off by, the others may be off by too.
    """
    drop, error, images = 0.0, 0.0, 0
    for solver, proposal in zip(solvers, proposals, strict=True):
        own = solver.fold.acceptance
        images += len(own)
        if proposal.trial is None:
            continue
        damage = float(seen.divergences(own).mean())
        expected, doubt = solver.response(position).expected(damage)
        drop, error = drop + len(own) * expected, error + len(own) * doubt
    return drop / images, error / images
