"""Propose and judge, and aim lower where the judges refuse."""

from collections.abc import Sequence
from dataclasses import replace

from calibrate.search.plan import Target
from calibrate.stages.accept import Judged, judge
from calibrate.stages.ground import Ground
from calibrate.stages.solve import Solver

_MARGIN = 0.8
"""Share of the damage that would just have used the budget up, which a second candidate may do."""

_DOUBT = 1.0
"""Standard errors that a proposal may be over budget by on its search images, but for the last."""


def seek(solvers: Sequence[Solver]) -> tuple[Judged, ...]:
    """Propose and judge, at most the stated number of times.

    Drops grow in proportion to damage, so after a refusal the search may do as much damage as
    would have used the budget up, less a margin. Every look is paid for: the interval of each
    has the confidence that lets all of them together hold.

    Args:
        solvers: one a fold.

    Returns:
        Every judgement in order; the last one passed, or none did.
    """
    ground, workshop = solvers[0].ground, solvers[0].workshop
    config = ground.resolved.config
    looks: list[Judged] = []
    targets = [
        Target(ground.board.budgets(solver.fold.search), _first_share(ground)) for solver in solvers
    ]
    estimated = config.budget.accept == "estimate"
    for left in reversed(range(config.search.acceptance_looks)):
        # What is noise on the search images is for the others to say; at the last look it counts.
        doubt = _DOUBT if estimated and left else 0.0
        targets = [replace(target, doubt=doubt) for target in targets]
        proposals = [
            solver.propose(target) for solver, target in zip(solvers, targets, strict=True)
        ]
        if any(tuple(one.candidate for one in proposals) == look.choices for look in looks):
            break
        with ground.costs.stage("acceptance"):
            looks.append(judge(solvers, proposals))
        nothing_left = all(proposal.trial is None for proposal in proposals)
        if looks[-1].passed or nothing_left or workshop.expired():
            break
        bearable = _bearable(looks[-1])
        targets = [replace(target, most_damage=bearable) for target in targets]
        ground.progress.note(_refusal(looks[-1]))
    return tuple(looks)


def _refusal(look: Judged) -> str:
    here = all(verdict.passed for verdict in look.verdicts)
    by = [target.way.target for target in look.targets if not target.passed]
    where = f" on {', '.join(by)}" if here else ""
    return f"The acceptance images refuse this candidate{where}; aiming lower."


def best_of(looks: Sequence[Judged]) -> Judged:
    """The judgement to report: the one that passed, else the one that is over by the least."""
    passed = [look for look in looks if look.passed]
    return passed[0] if passed else min(looks, key=_overshoot)


def _first_share(ground: Ground) -> float:
    """Part of the budget to aim at: all of it, or less where the interval has to fit too.

    For `accept: confident` the acceptance interval's half-width is known before: it depends on
    how often images flip, which is taken as the budget itself at least.
    """
    config = ground.resolved.config
    return 1.0 if config.budget.accept == "estimate" else 0.5


def _bearable(look: Judged) -> float:
    """The damage that a refusal leaves allowed.

    What was judged is the drop of all folds' choices together, so it is their mean damage that
    it is in proportion to: a fold whose choice damages little is not tightened for another's.
    """
    trials = [proposal.trial for proposal in look.proposals]
    damage = sum(trial.damage for trial in trials if trial is not None) / len(trials)
    return damage * _MARGIN / max(1.0, _overshoot(look))


def _overshoot(look: Judged) -> float:
    """Largest drop over budget, in budgets; for a budget of zero the drop itself."""
    return max(
        verdict.estimate / verdict.max_drop if verdict.max_drop > 0 else verdict.estimate
        for verdict in look.everywhere
    )
