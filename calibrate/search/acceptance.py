"""Evaluate the search's proposals on the acceptance images, which took no part in the search."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calibrate.config.schema import RunConfig
from calibrate.context.deduplicate import distinct_drop
from calibrate.context.run_context import RunContext
from calibrate.core.observation import Observation, holds_not_finite
from calibrate.core.precision import FP32, Candidate
from calibrate.core.verdict import Interval, Outcome, Verdict, worst_outcome
from calibrate.runtime.cpu import this_cpu
from calibrate.search.candidate_line import candidate_line
from calibrate.search.decisions import Decision
from calibrate.search.expected_drop import model_assisted_estimates
from calibrate.search.mixed_precision import MixedPrecisionSearch, Proposal
from calibrate.search.target_observation import observe_on
from calibrate.search.targets import TargetExecution, target_executions
from calibrate.stats.verdict import confidence_per_look, judge, judge_floating_point


@dataclass(frozen=True, slots=True)
class TargetJudgement:
    """The verdicts for one of the config's targets.

    Attributes:
        execution: how the target was emulated or reached.
        verdicts: one per metric.
    """

    execution: TargetExecution
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether every metric passed."""
        return all(verdict.passed for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class AcceptanceRound:
    """The folds' proposals and their verdicts on the acceptance images.

    Attributes:
        proposals: one per fold; each was evaluated on the acceptance images of that fold alone.
        candidate: written if it passes; of several proposals the one that diverges least from FP32.
        judges: the acceptance images of each fold.
        observation: on each acceptance image, the proposal of the fold that did not search on it.
        verdicts: one per metric.
        targets: verdicts for other CPUs, in the config's order.
    """

    proposals: tuple[Proposal, ...]
    candidate: Candidate
    judges: tuple[tuple[int, ...], ...]
    observation: Observation
    verdicts: tuple[Verdict, ...]
    targets: tuple[TargetJudgement, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every metric passed on this CPU and for every target, with finite outputs."""
        return self.outcome != "over"

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of this CPU and all targets; `over` if outputs were not finite."""
        if not self.is_finite:
            return "over"
        return worst_outcome(verdict.outcome for verdict in self.everywhere)

    @property
    def is_finite(self) -> bool:
        """Whether no output on the acceptance images was NaN or infinite."""
        return not holds_not_finite(self.damage)

    @property
    def damage(self) -> float:
        """Mean divergence of the proposals from FP32, on their acceptance images."""
        total, images = 0.0, 0
        for proposal, indices in zip(self.proposals, self.judges, strict=True):
            images += len(indices)
            if proposal.trial is not None:
                total += float(self.observation.divergences(indices).sum())
        return total / images

    @property
    def everywhere(self) -> tuple[Verdict, ...]:
        """The verdicts on this CPU and for every target."""
        return self.verdicts + tuple(v for target in self.targets for v in target.verdicts)

    @property
    def choices(self) -> tuple[Candidate, ...]:
        """The candidate of each fold."""
        return tuple(proposal.candidate for proposal in self.proposals)


def drop_on(
    context: RunContext,
    observation: Observation,
    position: int,
    indices: Sequence[int],
    confidence: float,
) -> Interval:
    """Return a metric's paired drop on a set of samples, with its interval."""
    digests = context.data.tensors.digests
    return distinct_drop(
        context.resolved.metrics[position].metric,
        context.baseline.observed.of(position, indices),
        observation.of(position, indices),
        [digests[index] for index in indices],
        confidence=confidence,
        seed=context.seed,
    )


def round_confidence(config: RunConfig) -> float:
    """Return the confidence of each interval on the acceptance images."""
    return confidence_per_look(config.budget.confidence, config.search.acceptance_looks)


def judge_on_acceptance(
    searches: Sequence[MixedPrecisionSearch], proposals: Sequence[Proposal]
) -> AcceptanceRound:
    """Run one acceptance round: measure the proposals' drops on the acceptance images.

    Args:
        searches: one per fold.
        proposals: one per fold.
    """
    context = searches[0].context
    written = _least_divergent(searches, proposals)
    if written.is_fp32:
        # The verdict is about the model that is written.
        proposals = [Proposal(written, None, 0.0)] * len(searches)

    def observe(mixed_precision_search: MixedPrecisionSearch, candidate: Candidate) -> Observation:
        indices = mixed_precision_search.fold.acceptance
        context.progress.stage("Judging on acceptance samples", len(indices))
        return mixed_precision_search.variant_store.evaluator.observe(candidate, indices)

    observation = _observed(searches, proposals, observe)
    verdicts = _verdicts(searches, proposals, observation)
    targets = tuple(
        TargetJudgement(
            execution,
            verdicts if execution.how == "here" else _verdicts_on(execution, searches, proposals),
        )
        for execution in target_executions(
            context.config.targets,
            this_cpu(),
            context.config.deployment.inference_precision,
            elsewhere=searches[0].variant_store.instruction_sets_elsewhere,
        )
    )
    judges = tuple(mixed_precision_search.fold.acceptance for mixed_precision_search in searches)
    round_ = AcceptanceRound(tuple(proposals), written, judges, observation, verdicts, targets)
    _log(round_, searches[0])
    return round_


def _log(round_: AcceptanceRound, mixed_precision_search: MixedPrecisionSearch) -> None:
    """Log and show the decision of an acceptance round."""
    context = mixed_precision_search.context
    passed_on_this_cpu = all(verdict.passed for verdict in round_.verdicts)
    decision = Decision(
        candidate=round_.candidate,
        judged_on="acceptance",
        images=len(context.data.acceptance),
        divergence=round_.damage,
        drops=tuple(verdict.estimate for verdict in round_.verdicts),
        budgets=tuple(verdict.max_drop for verdict in round_.verdicts),
        passed=round_.passed,
        refused_by=tuple(
            target.execution.target
            for target in round_.targets
            if passed_on_this_cpu and not target.passed
        ),
    )
    number = mixed_precision_search.variant_store.decisions.add(decision)
    metrics = [judged.metric for judged in context.resolved.metrics]
    context.progress.note(candidate_line(number, decision, metrics))


def _observed(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    observe: Callable[[MixedPrecisionSearch, Candidate], Observation],
) -> Observation:
    """Observe each fold's proposal on its acceptance images; FP32 was observed as the baseline."""
    observation = Observation()
    for mixed_precision_search, proposal in zip(searches, proposals, strict=True):
        observed = (
            mixed_precision_search.context.baseline.observed
            if proposal.trial is None
            else observe(mixed_precision_search, proposal.candidate)
        )
        observation.update(observed.restricted(mixed_precision_search.fold.acceptance))
    return observation


def _verdicts_on(
    execution: TargetExecution,
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
) -> tuple[Verdict, ...]:
    """Return the verdicts for a target that is not this CPU."""

    def observe(mixed_precision_search: MixedPrecisionSearch, candidate: Candidate) -> Observation:
        return observe_on(
            execution,
            mixed_precision_search.variant_store,
            candidate,
            mixed_precision_search.fold.acceptance,
        )

    return _verdicts(searches, proposals, _observed(searches, proposals, observe))


def _verdicts(
    searches: Sequence[MixedPrecisionSearch],
    proposals: Sequence[Proposal],
    observation: Observation,
) -> tuple[Verdict, ...]:
    context = searches[0].context
    indices, metrics = context.data.acceptance, context.resolved.metrics
    labels = [judged.metric.label for judged in metrics]
    limits = context.scores.budgets(indices)
    if all(proposal.trial is None for proposal in proposals):
        distinct = len({context.data.tensors.digests[index] for index in indices})
        return tuple(
            judge_floating_point(label, limit, distinct)
            for label, limit in zip(labels, limits, strict=True)
        )
    budget = context.config.budget
    drops = {
        label: drop_on(context, observation, position, indices, round_confidence(context.config))
        for position, label in enumerate(labels)
    }
    estimates = model_assisted_estimates(searches, proposals, observation, drops)
    # The lower end of a two-sided interval is a one-sided bound at half the error rate.
    two_sided_confidence = 2 * budget.refusal_confidence - 1
    return tuple(
        judge(
            label,
            drops[label],
            limit,
            budget.accept,
            estimate=estimates.get(label),
            lower_bound=drop_on(context, observation, position, indices, two_sided_confidence).low,
        )
        for position, (label, limit) in enumerate(zip(labels, limits, strict=True))
    )


def _least_divergent(
    searches: Sequence[MixedPrecisionSearch], proposals: Sequence[Proposal]
) -> Candidate:
    """Return the candidate that diverges least from FP32 on all images; the first of equals.

    The verdict is about the choices of all folds. The one that diverges least drops less than
    they do on average, so their verdict covers it.
    """
    everything = searches[0].context.data.everything
    evaluator = searches[0].variant_store.evaluator

    def divergence(candidate: Candidate) -> float:
        if set(candidate) <= {FP32}:
            return 0.0
        return float(evaluator.observe(candidate, everything).divergences(everything).mean())

    choices = dict.fromkeys(proposal.candidate for proposal in proposals)
    return next(iter(choices)) if len(choices) == 1 else min(choices, key=divergence)
