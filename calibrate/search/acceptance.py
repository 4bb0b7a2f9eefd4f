"""Judge what the search proposes on images that had no part in proposing it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from calibrate.context.deduplicate import distinct_drop
from calibrate.context.run_context import Ground
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, Candidate
from calibrate.core.verdict import Interval, Verdict
from calibrate.runtime.cpu import this_cpu
from calibrate.search.expected_drop import better_estimates
from calibrate.search.mixed_precision import Proposal, Solver
from calibrate.search.targets import Way, observe_on, ways
from calibrate.stats.verdict import confidence_per_look, judge_all


@dataclass(frozen=True, slots=True)
class OnTarget:
    """The judgement for one of the config's targets.

    Attributes:
        way: how it was tried.
        verdicts: one a metric.
    """

    way: Way
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether every metric passed."""
        return all(verdict.passed for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the folds proposed, with the acceptance images' judgement.

    Attributes:
        proposals: one a fold; each was judged by the images of that fold alone.
        candidate: what is written if it passes: of several the one that changes outputs least.
        judges: of each fold, the images that judged.
        seen: on each acceptance image what was chosen without it.
        verdicts: one a metric.
        targets: the same for other CPUs, in the config's order.
    """

    proposals: tuple[Proposal, ...]
    candidate: Candidate
    judges: tuple[tuple[int, ...], ...]
    seen: Observation
    verdicts: tuple[Verdict, ...]
    targets: tuple[OnTarget, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every metric passed, here and for every target."""
        return all(verdict.passed for verdict in self.everywhere)

    @property
    def damage(self) -> float:
        """The mean divergence from FP32 of what was judged, on the images that judged it."""
        total, images = 0.0, 0
        for proposal, indices in zip(self.proposals, self.judges, strict=True):
            images += len(indices)
            if proposal.trial is not None:
                total += float(self.seen.divergences(indices).sum())
        return total / images

    @property
    def everywhere(self) -> tuple[Verdict, ...]:
        """The verdicts here and for every target."""
        return self.verdicts + tuple(v for target in self.targets for v in target.verdicts)

    @property
    def choices(self) -> tuple[Candidate, ...]:
        """What each fold chose."""
        return tuple(proposal.candidate for proposal in self.proposals)


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


def judge(solvers: Sequence[Solver], proposals: Sequence[Proposal]) -> Judged:
    """One look: the drops on the acceptance images of what was chosen without them.

    Args:
        solvers: one a fold.
        proposals: one a fold.
    """
    ground = solvers[0].ground

    def here(solver: Solver, candidate: Candidate) -> Observation:
        own = solver.fold.acceptance
        ground.progress.stage("Judging on acceptance images", len(own))
        return solver.workshop.bench.observe(candidate, own)

    seen = _seen(solvers, proposals, here)
    verdicts = _verdicts(solvers, proposals, seen)
    targets = tuple(
        OnTarget(
            way,
            verdicts if way.how == "here" else _verdicts_on(way, solvers, proposals),
        )
        for way in ways(ground.resolved.config.targets, this_cpu())
    )
    careful = _most_careful(solvers, proposals)
    judges = tuple(solver.fold.acceptance for solver in solvers)
    return Judged(tuple(proposals), careful, judges, seen, verdicts, targets)


def _seen(
    solvers: Sequence[Solver],
    proposals: Sequence[Proposal],
    observed: Callable[[Solver, Candidate], Observation],
) -> Observation:
    """On each acceptance image what its fold proposed; FP32 is its own reference."""
    seen = Observation()
    for solver, proposal in zip(solvers, proposals, strict=True):
        own = solver.fold.acceptance
        found = (
            solver.ground.observed
            if proposal.trial is None
            else observed(solver, proposal.candidate)
        )
        seen.update(found.restricted(own))
    return seen


def _verdicts_on(
    way: Way, solvers: Sequence[Solver], proposals: Sequence[Proposal]
) -> tuple[Verdict, ...]:
    """The verdicts for a target that is not this CPU."""

    def there(solver: Solver, candidate: Candidate) -> Observation:
        return observe_on(way, solver.workshop, candidate, solver.fold.acceptance)

    return _verdicts(solvers, proposals, _seen(solvers, proposals, there))


def _verdicts(
    solvers: Sequence[Solver], proposals: Sequence[Proposal], seen: Observation
) -> tuple[Verdict, ...]:
    ground = solvers[0].ground
    indices = ground.images.acceptance
    confidence = look_confidence(ground)
    metrics = ground.resolved.metrics
    drops = {
        judged.metric.label: drop_on(ground, seen, position, indices, confidence)
        for position, judged in enumerate(metrics)
    }
    limits = ground.board.budgets(indices)
    budgets = {judged.metric.label: limits[i] for i, judged in enumerate(metrics)}
    if all(proposal.trial is None for proposal in proposals):
        # FP32 against itself: nothing is estimated.
        drops = {
            label: replace(drop, low=0.0, high=0.0, method="FP32 itself")
            for label, drop in drops.items()
        }
    accept = ground.resolved.config.budget.accept
    estimates = better_estimates(solvers, proposals, seen, drops)
    return judge_all(drops, budgets, accept, estimates)


def _most_careful(solvers: Sequence[Solver], proposals: Sequence[Proposal]) -> Candidate:
    """The candidate that diverges least from FP32 on all images; the first of equals.

    What is judged is the choosing. Of several choices the most careful one drops less than
    they do on average, so it may be written under their judgement.
    """
    everything = solvers[0].ground.images.everything
    bench = solvers[0].workshop.bench

    def damage(candidate: Candidate) -> float:
        if set(candidate) <= {FP32}:
            return 0.0
        return float(bench.observe(candidate, everything).divergences(everything).mean())

    choices = dict.fromkeys(proposal.candidate for proposal in proposals)
    return next(iter(choices)) if len(choices) == 1 else min(choices, key=damage)
