"""Build the report's sections on the verdict and on every metric."""

from collections.abc import Sequence

from calibrate.config.schema import RunConfig
from calibrate.context.dataset import Data
from calibrate.context.run_context import RunContext
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, Candidate, Precision
from calibrate.core.verdict import IntervalResult, Verdict
from calibrate.report import verdict_section
from calibrate.report.facts import SetName
from calibrate.report.outcomes import STYLES
from calibrate.runtime.cpu import has_vnni
from calibrate.search.acceptance import AcceptanceRound, TargetJudgement, drop_on, round_confidence
from calibrate.search.mixed_precision import MixedPrecisionSearch

_BEYOND_NOISE = 4
"""Multiple of the present acceptance samples beyond which their estimated number is noise: the drop
is then less than about a standard error away from the budget."""


def verdict_facts(
    config: RunConfig,
    data: Data,
    *,
    looks: Sequence[AcceptanceRound],
    answer: AcceptanceRound,
    floating_point_reason: verdict_section.FloatingPointReason = "",
) -> verdict_section.VerdictFacts:
    """Build the verdict section: the answer's verdict and every acceptance round before it.

    Args:
        config: config of the run.
        data: its samples.
        looks: every acceptance round.
        answer: the round of the written model.
        floating_point_reason: why the floating-point model is written; empty if it is not.
    """
    needed = _needed(data, answer)
    return verdict_section.VerdictFacts(
        outcome=answer.outcome,
        is_finite=answer.is_finite,
        interval_result=_worst_interval(answer.verdicts),
        floating_point_reason=floating_point_reason,
        judged_models=len(set(answer.choices)),
        passed=answer.passed,
        accept=config.budget.accept,
        confidence=config.budget.confidence,
        summary=_summary(data, answer),
        looks=tuple(
            verdict_section.AcceptanceLook(
                candidate=describe(round_.candidate),
                drops={verdict.metric: verdict.estimate for verdict in round_.verdicts},
                outcome=round_.outcome,
                passed=round_.passed,
                targets={target.execution.target: target.passed for target in round_.targets},
            )
            for round_ in looks
        ),
        images_to_decide=needed,
        next_steps=_next_steps(
            config, len(data.acceptance), answer, needed, reason=floating_point_reason
        ),
        targets=tuple(_target(judgement) for judgement in answer.targets),
    )


def _needed(data: Data, answer: AcceptanceRound) -> int | None:
    """Return how many samples would decide, to two digits; None where the number is noise."""
    estimates = [v.images_to_decide for v in answer.verdicts if v.images_to_decide is not None]
    undecided = [v for v in answer.verdicts if v.interval_result == "undecided"]
    present = len(data.acceptance)
    if not estimates or len(estimates) < len(undecided):
        return None
    return two_digits(max(estimates)) if max(estimates) <= _BEYOND_NOISE * present else None


def two_digits(count: int) -> int:
    """Round a count up to two significant digits: 1,873 is 1,900."""
    step = int(10 ** max(0, len(str(count)) - 2))
    return -(-count // step) * step


def _target(judgement: TargetJudgement) -> verdict_section.TargetFacts:
    return verdict_section.TargetFacts(
        target=judgement.execution.target,
        instruction_set=judgement.execution.instruction_set,
        how=judgement.execution.how,
        passed=judgement.passed,
        metrics={
            verdict.metric: verdict_section.TargetScore(
                drop=verdict.drop.estimate,
                estimate=verdict.estimate,
                interval=(verdict.drop.low, verdict.drop.high),
                outcome=verdict.outcome,
                interval_result=verdict.interval_result,
                passed=verdict.passed,
            )
            for verdict in judgement.verdicts
        },
    )


def _worst_interval(verdicts: Sequence[Verdict]) -> IntervalResult:
    results = {verdict.interval_result for verdict in verdicts}
    if "over" in results:
        return "over"
    return "undecided" if "undecided" in results else "within"


def _summary(data: Data, answer: AcceptanceRound) -> str:
    """`all 15 groups in INT8: accepted, not proven, on 500 unseen samples`."""
    kind = "cross-fitted" if len(data.folds) > 1 else "unseen"
    name = STYLES[answer.outcome].name
    count = len(data.acceptance)
    return f"{describe(answer.candidate)}: {name[0].lower()}{name[1:]}, on {count} {kind} samples"


def _next_steps(
    config: RunConfig,
    have: int,
    answer: AcceptanceRound,
    needed: int | None,
    *,
    reason: verdict_section.FloatingPointReason,
) -> tuple[str, ...]:
    steps = []
    if not answer.is_finite:
        steps.append(
            "Look for outputs that overflow, with `calibrate analyze`, and keep such layers in "
            "floating point by `quantization.ignored_scope`."
        )
    if refused := [target for target in answer.targets if not target.passed]:
        steps.append(_for_targets(refused))
    if reason == "time":
        steps.append("Raise `search.timeout`; the measurements are kept, so the run continues.")
    elif reason == "budget" or not all(v.passed for v in answer.verdicts):
        search = config.search
        more = "" if search.recipes == "thorough" else ", set `search.recipes: thorough`"
        more += ", set `search.finetune: auto`" if search.finetune == "off" else ""
        steps.append(
            f"Raise `budget.max_drop`{more}, or give more samples, which reduces the noise."
        )
    if needed is not None:
        steps.append(
            f"About {needed:,} acceptance samples instead of {have:,} would decide, if the counted "
            "drop does not change."
        )
    elif any(verdict.interval_result == "undecided" for verdict in answer.verdicts):
        steps.append("More acceptance samples narrow the interval.")
    return tuple(steps)


def _for_targets(refused: Sequence[TargetJudgement]) -> str:
    names = ", ".join(judgement.execution.target for judgement in refused)
    saturating = ", ".join(
        judgement.execution.target
        for judgement in refused
        if not has_vnni(judgement.execution.instruction_set)
    )
    step = f"Not accepted for {names}: calibrate on such a CPU, or remove it from `targets`."
    if not saturating:
        return step
    return (
        f"{step} Sums can saturate on {saturating}: `quantization.overflow_fix: enable` (weights "
        "at 7 bits) prevents that."
    )


def metric_facts(
    mixed_precision_search: MixedPrecisionSearch, result: Observation, answer: AcceptanceRound
) -> dict[str, verdict_section.MetricFacts]:
    """Build the scores of FP32, plain INT8 and the result on search and acceptance images."""
    context = mixed_precision_search.context
    variant_store = mixed_precision_search.variant_store
    plain_candidate = variant_store.plain
    plain = variant_store.evaluator.observe(plain_candidate, context.data.everything)
    reduced = (
        variant_store.evaluator.observe(variant_store.reduced, context.data.everything)
        if variant_store.reduced is not None
        else None
    )
    facts = {}
    for position, resolved_metric in enumerate(context.resolved.metrics):
        absolute = context.scores.budgets(context.data.acceptance)[position]
        facts[resolved_metric.metric.label] = verdict_section.MetricFacts(
            unit=resolved_metric.metric.unit,
            higher_is_better=resolved_metric.metric.higher_is_better,
            budget=verdict_section.BudgetFacts(
                max_drop=resolved_metric.max_drop,
                drop_type=resolved_metric.drop_type,
                absolute=absolute,
            ),
            fp32=_scores(context, context.baseline.observed, position),
            float=None if reduced is None else _scores(context, reduced, position),
            int8=_scores(context, plain, position),
            result=_judged(context, (result, answer), position),
        )
    return facts


def _judged(
    context: RunContext, result: tuple[Observation, AcceptanceRound], position: int
) -> dict[SetName, verdict_section.Score]:
    """Return the result's scores; on acceptance images, of models chosen without each image."""
    observation, answer = result
    verdict = answer.verdicts[position]
    judged = verdict_section.Score(
        value=context.scores.value(answer.observation, position, context.data.acceptance),
        drop=verdict.drop.estimate,
        estimate=verdict.estimate,
        interval=(verdict.drop.low, verdict.drop.high),
        method=verdict.drop.method,
        lower_bound=verdict.lower_bound,
    )
    return {
        "search": _score(context, observation, position, context.data.search),
        "acceptance": judged,
    }


def _scores(
    context: RunContext, observation: Observation, position: int
) -> dict[SetName, verdict_section.Score]:
    images = context.data
    return {
        "search": _score(context, observation, position, images.search),
        "acceptance": _score(context, observation, position, images.acceptance),
    }


def _score(
    context: RunContext, observation: Observation, position: int, indices: Sequence[int]
) -> verdict_section.Score:
    value = context.scores.value(observation, position, indices)
    if observation is context.baseline.observed:
        return verdict_section.Score(value=value)
    drop = drop_on(context, observation, position, indices, round_confidence(context.config))
    return verdict_section.Score(
        value=value, drop=drop.estimate, interval=(drop.low, drop.high), method=drop.method
    )


def describe(candidate: Candidate) -> str:
    """Describe how many groups run at which precision."""
    counts: dict[Precision, int] = {}
    for precision in candidate:
        counts[precision] = counts.get(precision, 0) + 1
    if candidate.is_fp32:
        return "everything in FP32"
    if FP32 not in counts and len(counts) == 1:
        only = next(iter(counts))
        return f"all {len(candidate)} groups in {only.title}"
    named = sorted((precision.title, count) for precision, count in counts.items())
    parts = [f"{count} in {title}" for title, count in named]
    return f"{len(candidate)} groups: {', '.join(parts)}"
