"""Facts of the verdict and of every metric: what was promised, judged and seen."""

from collections.abc import Sequence

from calibrate.context.run_context import RunContext
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32, Candidate, Precision
from calibrate.core.verdict import IntervalResult, Verdict, worst_outcome
from calibrate.report import verdict_section
from calibrate.report.facts import SetName
from calibrate.runtime.cpu import has_vnni
from calibrate.search.acceptance import AcceptanceRound, TargetJudgement, drop_on, round_confidence
from calibrate.search.mixed_precision import MixedPrecisionSearch

_PRACTICAL = 100
"""Times the acceptance images there are: beyond it a number of images is no advice."""


def verdict_facts(
    context: RunContext, looks: Sequence[AcceptanceRound], answer: AcceptanceRound
) -> verdict_section.VerdictFacts:
    """The promise of the answer, and every look that led to it."""
    config = context.resolved.config
    needed = [v.images_to_decide for v in answer.verdicts if v.images_to_decide is not None]
    result = _worst_interval(answer.verdicts)
    return verdict_section.VerdictFacts(
        outcome=worst_outcome(verdict.outcome for verdict in answer.verdicts),
        interval_result=result,
        passed=answer.passed,
        accept=config.budget.accept,
        confidence=config.budget.confidence,
        summary=_summary(context, answer, result),
        looks=tuple(
            verdict_section.AcceptanceLook(
                candidate=describe(look.candidate),
                drops={verdict.metric: verdict.estimate for verdict in look.verdicts},
                outcome=worst_outcome(verdict.outcome for verdict in look.verdicts),
                passed=look.passed,
                targets={one.execution.target: one.passed for one in look.targets},
            )
            for look in looks
        ),
        images_to_decide=max(needed, default=None),
        next_steps=_next_steps(context, answer, max(needed, default=None)),
        targets=tuple(_target(one) for one in answer.targets),
    )


def _target(found: TargetJudgement) -> verdict_section.TargetFacts:
    return verdict_section.TargetFacts(
        target=found.execution.target,
        instruction_set=found.execution.instruction_set,
        how=found.execution.how,
        passed=found.passed,
        metrics={
            verdict.metric: verdict_section.TargetScore(
                drop=verdict.drop.estimate,
                estimate=verdict.estimate,
                interval=(verdict.drop.low, verdict.drop.high),
                outcome=verdict.outcome,
                interval_result=verdict.interval_result,
                passed=verdict.passed,
            )
            for verdict in found.verdicts
        },
    )


def _worst_interval(verdicts: Sequence[Verdict]) -> IntervalResult:
    results = {verdict.interval_result for verdict in verdicts}
    if "over" in results:
        return "over"
    return "undecided" if "undecided" in results else "within"


def _summary(context: RunContext, answer: AcceptanceRound, result: IntervalResult) -> str:
    told = {
        "within": "the whole interval of the drop is within budget",
        "over": "the whole interval of the drop is over budget",
        "undecided": "the interval of the drop holds the budget",
    }[result]
    estimate = "accepted" if answer.passed else "not accepted"
    count = len(context.images.acceptance)
    crossed = len(context.images.folds) > 1
    judges = (
        f"{count} images, each left out of its choice," if crossed else f"{count} unseen images"
    )
    return f"{describe(answer.candidate)}: {estimate}; on {judges} {told}"


def _next_steps(
    context: RunContext, answer: AcceptanceRound, needed: int | None
) -> tuple[str, ...]:
    steps = []
    if refused := [one for one in answer.targets if not one.passed]:
        steps.append(_for_targets(refused))
    if not all(verdict.passed for verdict in answer.verdicts):
        steps.append(
            "Over budget: give more images, allow more drop, or set `search.recipes: thorough`."
        )
    have = len(context.images.acceptance)
    if needed is not None and needed <= _PRACTICAL * have:
        steps.append(f"About {needed} acceptance images instead of {have} would decide.")
    elif any(verdict.interval_result == "undecided" for verdict in answer.verdicts):
        steps.append(
            "The estimate stands too close to the budget for any practical number of images to "
            "decide; more images still narrow the interval."
        )
    return tuple(steps)


def _for_targets(refused: Sequence[TargetJudgement]) -> str:
    names = ", ".join(one.execution.target for one in refused)
    if not all(has_vnni(one.execution.instruction_set) for one in refused):
        return (
            f"Not accepted for {names}, where sums can saturate: set `quantization.overflow_fix: "
            "enable` (weights at 7 bits), calibrate on such a CPU, or leave it out of `targets`."
        )
    return f"Not accepted for {names}: calibrate on such a CPU, or leave it out of `targets`."


def metric_facts(
    mixed_precision_search: MixedPrecisionSearch, result: Observation, answer: AcceptanceRound
) -> dict[str, verdict_section.MetricFacts]:
    """FP32, plain INT8 and the result, each on search and acceptance images."""
    context = mixed_precision_search.context
    variant_store = mixed_precision_search.variant_store
    plain_candidate = variant_store.plain
    plain = variant_store.evaluator.observe(plain_candidate, context.images.everything)
    facts = {}
    for position, judged in enumerate(context.resolved.metrics):
        absolute = context.scores.budgets(context.images.acceptance)[position]
        facts[judged.metric.label] = verdict_section.MetricFacts(
            unit=judged.metric.unit,
            higher_is_better=judged.metric.higher_is_better,
            budget=verdict_section.BudgetFacts(
                max_drop=judged.max_drop, drop_type=judged.drop_type, absolute=absolute
            ),
            fp32=_scores(context, context.observed, position),
            int8=_scores(context, plain, position),
            result=_judged(context, (result, answer), position),
        )
    return facts


def _judged(
    context: RunContext, result: tuple[Observation, AcceptanceRound], position: int
) -> dict[SetName, verdict_section.Score]:
    """The result's scores; on acceptance images those of what was chosen without each."""
    seen, answer = result
    verdict = answer.verdicts[position]
    judged = verdict_section.Score(
        value=context.scores.value(answer.seen, position, context.images.acceptance),
        drop=verdict.drop.estimate,
        estimate=verdict.estimate,
        interval=(verdict.drop.low, verdict.drop.high),
        method=verdict.drop.method,
        lower_bound=verdict.lower_bound,
    )
    return {"search": _score(context, seen, position, context.images.search), "acceptance": judged}


def _scores(
    context: RunContext, seen: Observation, position: int
) -> dict[SetName, verdict_section.Score]:
    images = context.images
    return {
        "search": _score(context, seen, position, images.search),
        "acceptance": _score(context, seen, position, images.acceptance),
    }


def _score(
    context: RunContext, seen: Observation, position: int, indices: Sequence[int]
) -> verdict_section.Score:
    value = context.scores.value(seen, position, indices)
    if seen is context.observed:
        return verdict_section.Score(value=value)
    drop = drop_on(context, seen, position, indices, round_confidence(context))
    return verdict_section.Score(
        value=value, drop=drop.estimate, interval=(drop.low, drop.high), method=drop.method
    )


def describe(candidate: Candidate) -> str:
    """How many groups run at what, for people."""
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
