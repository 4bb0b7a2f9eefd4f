"""Judge what the search proposes on images that had no part in proposing it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calibrate.context.deduplicate import distinct_drop
from calibrate.context.run_context import RunContext
from calibrate.core.observation import Observation, holds_not_finite
from calibrate.core.precision import FP32, Candidate
from calibrate.core.verdict import Interval, Verdict
from calibrate.runtime.cpu import this_cpu
from calibrate.search.expected_drop import model_assisted_estimates
from calibrate.search.mixed_precision import MixedPrecisionSearch, Proposal
from calibrate.search.targets import TargetExecution, observe_on, target_executions
from calibrate.stats.verdict import confidence_per_look, judge, judge_floating_point


@dataclass(frozen=True, slots=True)
class TargetJudgement:
    """The judgement for one of the config's targets.

    Attributes:
        execution: how it was tried.
        verdicts: one a metric.
    """

    execution: TargetExecution
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether every metric passed."""
        return all(verdict.passed for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class AcceptanceRound:
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
    targets: tuple[TargetJudgement, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every metric passed, here and for every target, and all outputs were finite."""
        finite = not holds_not_finite(self.damage)
        return finite and all(verdict.passed for verdict in self.everywhere)

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
    context: RunContext, seen: Observation, position: int, indices: Sequence[int], confidence: float
) -> Interval:
    """A metric's paired drop on a set of samples, with its interval."""
    digests = context.images.tensors.digests
    return distinct_drop(
        context.resolved.metrics[position].metric,
        context.observed.of(position, indices),
        seen.of(position, indices),
        [digests[index] for index in indices],
        confidence=confidence,
        seed=context.resolved.config.dataset.subsample_seed,
    )


def round_confidence(context: RunContext) -> float:
    """The confidence of each interval on the acceptance images."""
    config = context.resolved.config
    return confidence_per_look(config.budget.confidence, config.search.acceptance_looks)


def judge_on_acceptance(
    searches: Sequence[MixedPrecisionSearch], proposals: Sequence[Proposal]
) -> AcceptanceRound:
    """One look: the drops on the acceptance images of what was chosen without them.

    Args:
        searches: one a fold.
        proposals: one a fold.
    """
    context = searches[0].context
    written = _most_careful(searches, proposals)
    if written.is_fp32:
        # The verdict is of the model that is written.
        proposals = [Proposal(written, None, 0.0)] * len(searches)

    def here(mixed_precision_search: MixedPrecisionSearch, candidate: Candidate) -> Observation:
        own = mixed_precision_search.fold.acceptance
        context.progress.stage("Judging on acceptance images", len(own))
        return mixed_precision_search.variant_store.evaluator.observe(candidate, own)

    seen = _seen(searches, proposals, here)
    verdicts = _verdicts(searches, proposals, seen)
    targets = tuple(
        TargetJudgement(
            execution,
            verdicts if execution.how == "here" else _verdicts_on(execution, searches, proposals),
        )
        for execution in target_executions(
            context.resolved.config.targets,
            this_cpu(),
            context.resolved.config.deployment.inference_precision,
        )
    )
    judges = tuple(mixed_precision_search.fold.acceptance for mixed_precision_search in searches)
    return AcceptanceRound(tuple(proposals), written, judges, seen, verdicts, targets)


def _seen(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    observed: Callable[[MixedPrecisionSearch, Candidate], Observation],
) -> Observation:
    """On each acceptance image what its fold proposed; FP32 is its own reference."""
    seen = Observation()
    for mixed_precision_search, proposal in zip(searches, proposals, strict=True):
        own = mixed_precision_search.fold.acceptance
        found = (
            mixed_precision_search.context.observed
            if proposal.trial is None
            else observed(mixed_precision_search, proposal.candidate)
        )
        seen.update(found.restricted(own))
    return seen


def _verdicts_on(
    execution: TargetExecution,
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
) -> tuple[Verdict, ...]:
    """The verdicts for a target that is not this CPU."""

    def there(mixed_precision_search: MixedPrecisionSearch, candidate: Candidate) -> Observation:
        return observe_on(
            execution,
            mixed_precision_search.variant_store,
            candidate,
            mixed_precision_search.fold.acceptance,
        )

    return _verdicts(searches, proposals, _seen(searches, proposals, there))


def _verdicts(
    searches: Sequence[MixedPrecisionSearch], proposals: Sequence[Proposal], seen: Observation
) -> tuple[Verdict, ...]:
    context = searches[0].context
    indices, metrics = context.images.acceptance, context.resolved.metrics
    labels = [judged.metric.label for judged in metrics]
    limits = context.scores.budgets(indices)
    if all(proposal.trial is None for proposal in proposals):
        distinct = len({context.images.tensors.digests[index] for index in indices})
        return tuple(
            judge_floating_point(label, limit, distinct)
            for label, limit in zip(labels, limits, strict=True)
        )
    budget = context.resolved.config.budget
    drops = {
        label: drop_on(context, seen, position, indices, round_confidence(context))
        for position, label in enumerate(labels)
    }
    estimates = model_assisted_estimates(searches, proposals, seen, drops)
    # The lower end of an interval with two sides is a one-sided bound of half the error.
    both_sides = 2 * budget.refusal_confidence - 1
    return tuple(
        judge(
            label,
            drops[label],
            limit,
            budget.accept,
            estimate=estimates.get(label),
            lower_bound=drop_on(context, seen, position, indices, both_sides).low,
        )
        for position, (label, limit) in enumerate(zip(labels, limits, strict=True))
    )


def _most_careful(
    searches: Sequence[MixedPrecisionSearch], proposals: Sequence[Proposal]
) -> Candidate:
    """The candidate that diverges least from FP32 on all images; the first of equals.

    What is judged is the choosing. Of several choices the most careful one drops less than
    they do on average, so it may be written under their judgement.
    """
    everything = searches[0].context.images.everything
    evaluator = searches[0].variant_store.evaluator

    def damage(candidate: Candidate) -> float:
        if set(candidate) <= {FP32}:
            return 0.0
        return float(evaluator.observe(candidate, everything).divergences(everything).mean())

    choices = dict.fromkeys(proposal.candidate for proposal in proposals)
    return next(iter(choices)) if len(choices) == 1 else min(choices, key=damage)
