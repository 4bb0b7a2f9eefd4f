"""Judge what the search proposes on images that it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from calibrate.contracts.candidate import Candidate
from calibrate.contracts.observation import Observation
from calibrate.contracts.verdict import Interval, Verdict
from calibrate.search.plan import Target
from calibrate.search.verdict import confidence_per_look, judge_all
from calibrate.stages.distinct import distinct_drop
from calibrate.stages.ground import Ground
from calibrate.stages.solve import Proposal, Solver

_LEFT = 0.5
"""Share of a refused candidate's damage that may be left, at most."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A proposal with the acceptance images' judgement.

    Attributes:
        proposal: what was judged.
        verdicts: one a metric.
    """

    proposal: Proposal
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether every metric passed."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def candidate(self) -> Candidate:
        """The precisions."""
        return self.proposal.candidate


def seek(solver: Solver) -> tuple[Judged, ...]:
    """Propose and judge, at most the stated number of times.

    Drops grow in proportion to damage, so after a refusal the search may do as much damage as
    would have used the budget up, and at most half of what was refused. Every look is paid for:
    the interval of each has the confidence that lets all of them together hold.

    Returns:
        Every judgement in order; the last one passed, or none did.
    """
    ground = solver.ground
    config = ground.resolved.config
    looks: list[Judged] = []
    target = Target(ground.board.budgets(ground.images.search), _first_share(ground))
    for _ in range(config.search.acceptance_looks):
        proposal = solver.propose(target)
        if any(proposal.candidate == look.candidate for look in looks):
            break
        with ground.costs.stage("acceptance"):
            looks.append(judge(solver, proposal))
        if looks[-1].passed or proposal.trial is None or solver.expired():
            break
        target = replace(target, most_damage=_bearable(looks[-1]))
        ground.progress.note("The acceptance images refuse this candidate; aiming lower.")
    return tuple(looks)


def best_of(looks: Sequence[Judged]) -> Judged:
    """The judgement to report: the one that passed, else the one that is over by the least."""
    passed = [look for look in looks if look.passed]
    return passed[0] if passed else min(looks, key=_overshoot)


def drop_on(
    ground: Ground, seen: Observation, position: int, indices: Sequence[int], confidence: float
) -> Interval:
    """A metric's paired drop on a set of samples, with its interval."""
    digests = ground.images.tensors.digests
    return distinct_drop(
        ground.resolved.metrics[position].metric,
        ground.observed.of(position, indices),
        seen.of(position, indices),
        [digests[index] for index in indices],
        confidence=confidence,
        seed=ground.resolved.config.dataset.subsample_seed,
    )


def look_confidence(ground: Ground) -> float:
    """The confidence of each interval on the acceptance images."""
    config = ground.resolved.config
    return confidence_per_look(config.budget.confidence, config.search.acceptance_looks)


def judge(solver: Solver, proposal: Proposal) -> Judged:
    """One look: the proposal's drops on the acceptance images, with their verdicts."""
    ground = solver.ground
    indices = ground.images.acceptance
    confidence = look_confidence(ground)
    if proposal.trial is None:
        seen = ground.observed
    else:
        ground.progress.stage("Judging on acceptance images", len(indices))
        seen = solver.bench.observe(proposal.candidate, indices)
    metrics = ground.resolved.metrics
    drops = {
        judged.metric.label: drop_on(ground, seen, position, indices, confidence)
        for position, judged in enumerate(metrics)
    }
    limits = ground.board.budgets(indices)
    budgets = {judged.metric.label: limits[i] for i, judged in enumerate(metrics)}
    if proposal.trial is None:
        # FP32 against itself: nothing is estimated.
        drops = {
            label: replace(drop, low=0.0, high=0.0, method="FP32 itself")
            for label, drop in drops.items()
        }
    accept = ground.resolved.config.budget.accept
    verdicts = judge_all(drops, budgets, accept, _estimates(solver, proposal, seen))
    return Judged(proposal, verdicts)


def _estimates(solver: Solver, proposal: Proposal, seen: Observation) -> dict[str, float]:
    """Drops with less noise than counting, for the metrics that can say what to expect.

    What a flip costs for what is expected of it was learned on the search images.
    """
    if proposal.trial is None:
        return {}
    ground = solver.ground
    indices = [solver.order[: trial.images] for trial in solver.trials]
    learned = [
        solver.bench.observe(trial.candidate, own)
        for trial, own in zip(solver.trials, indices, strict=True)
    ]
    found = {}
    for position, judged in enumerate(ground.resolved.metrics):
        slope = ground.board.slope(learned, position, indices)
        if slope is not None:
            estimate, _ = ground.board.combined(seen, position, ground.images.acceptance, slope)
            found[judged.metric.label] = estimate
    return found


def _first_share(ground: Ground) -> float:
    """Part of the budget to aim at: all of it, or less where the interval has to fit too.

    For `accept: confident` the acceptance interval's half-width is known before: it depends on
    how often images flip, which is taken as the budget itself at least.
    """
    config = ground.resolved.config
    return 1.0 if config.budget.accept == "estimate" else 0.5


def _bearable(look: Judged) -> float:
    """The damage that a refusal leaves allowed."""
    damage = look.proposal.trial.damage if look.proposal.trial is not None else 0.0
    overshoot = _overshoot(look)
    return damage * min(_LEFT, 1 / overshoot if overshoot > 0 else _LEFT)


def _overshoot(look: Judged) -> float:
    """Largest drop over budget, in budgets; for a budget of zero the drop itself."""
    return max(
        verdict.estimate / verdict.max_drop if verdict.max_drop > 0 else verdict.estimate
        for verdict in look.verdicts
    )
