"""Facts of the verdict and of every metric: what was promised, judged and seen."""

from collections.abc import Sequence

from calibrate.contracts.candidate import FP32, INT8, Candidate
from calibrate.contracts.observation import Observation
from calibrate.contracts.verdict import Verdict
from calibrate.report import record
from calibrate.stages.accept import Judged, drop_on, look_confidence
from calibrate.stages.ground import Ground
from calibrate.stages.solve import Solver

_PRACTICAL = 100
"""Times the acceptance images there are: beyond it a number of images is no advice."""


def verdict_facts(ground: Ground, looks: Sequence[Judged], answer: Judged) -> record.VerdictFacts:
    """The promise of the answer, and every look that led to it."""
    config = ground.resolved.config
    needed = [v.images_to_decide for v in answer.verdicts if v.images_to_decide is not None]
    outcome = _worst(answer.verdicts)
    return record.VerdictFacts(
        outcome=outcome,
        passed=answer.passed,
        accept=config.budget.accept,
        confidence=config.budget.confidence,
        summary=_summary(ground, answer, outcome),
        looks=tuple(
            record.Look(
                candidate=describe(look.candidate),
                drops={verdict.metric: verdict.estimate for verdict in look.verdicts},
                outcome=_worst(look.verdicts),
                passed=look.passed,
            )
            for look in looks
        ),
        images_to_decide=max(needed, default=None),
        next_steps=_next_steps(ground, answer, max(needed, default=None)),
    )


def _worst(verdicts: Sequence[Verdict]) -> record.Verdicts:
    outcomes = {verdict.outcome for verdict in verdicts}
    if "over" in outcomes:
        return "over"
    return "undecided" if "undecided" in outcomes else "within"


def _summary(ground: Ground, answer: Judged, outcome: str) -> str:
    told = {
        "within": "the whole interval of the drop is within budget",
        "over": "the whole interval of the drop is over budget",
        "undecided": "the interval of the drop holds the budget",
    }[outcome]
    estimate = "accepted" if answer.passed else "not accepted"
    count = len(ground.images.acceptance)
    return f"{describe(answer.candidate)}: {estimate}; on {count} unseen images {told}"


def _next_steps(ground: Ground, answer: Judged, needed: int | None) -> tuple[str, ...]:
    steps = []
    if not answer.passed:
        steps.append(
            "Over budget: give more images, allow more drop, or set `search.recipes: thorough`."
        )
    have = len(ground.images.acceptance)
    if needed is not None and needed <= _PRACTICAL * have:
        steps.append(f"About {needed} acceptance images instead of {have} would decide.")
    elif any(verdict.outcome == "undecided" for verdict in answer.verdicts):
        steps.append(
            "The estimate stands too close to the budget for any practical number of images to "
            "decide; more images still narrow the interval."
        )
    return tuple(steps)


def metric_facts(
    solver: Solver, result: Observation, answer: Judged
) -> dict[str, record.MetricFacts]:
    """FP32, plain INT8 and the result, each on search and acceptance images."""
    ground = solver.ground
    plain = solver.bench.observe(Candidate.uniform(solver.groups, INT8), ground.images.everything)
    facts = {}
    for position, judged in enumerate(ground.resolved.metrics):
        absolute = ground.board.budgets(ground.images.acceptance)[position]
        facts[judged.metric.label] = record.MetricFacts(
            unit=judged.metric.unit,
            higher_is_better=judged.metric.higher_is_better,
            budget=record.BudgetFacts(
                max_drop=judged.max_drop, drop_type=judged.drop_type, absolute=absolute
            ),
            fp32=_scores(ground, ground.observed, position),
            int8=_scores(ground, plain, position),
            result=_judged(_scores(ground, result, position), answer, judged.metric.label),
        )
    return facts


def _judged(
    scores: dict[record.SetName, record.Score], answer: Judged, label: str
) -> dict[record.SetName, record.Score]:
    """The result's scores with the estimate that the verdict went by."""
    estimate = next(verdict.estimate for verdict in answer.verdicts if verdict.metric == label)
    judged = scores["acceptance"].model_copy(update={"estimate": estimate})
    return {**scores, "acceptance": judged}


def _scores(ground: Ground, seen: Observation, position: int) -> dict[record.SetName, record.Score]:
    sets: dict[record.SetName, Sequence[int]] = {
        "search": ground.images.search,
        "acceptance": ground.images.acceptance,
    }
    scores: dict[record.SetName, record.Score] = {}
    for name, indices in sets.items():
        value = ground.board.value(seen, position, indices)
        if seen is ground.observed:
            scores[name] = record.Score(value=value)
            continue
        drop = drop_on(ground, seen, position, indices, look_confidence(ground))
        scores[name] = record.Score(
            value=value,
            drop=drop.estimate,
            interval=(drop.low, drop.high),
            method=drop.method,
        )
    return scores


def describe(candidate: Candidate) -> str:
    """How many groups run at what, for people."""
    counts: dict[str, int] = {}
    for precision in candidate:
        counts[precision] = counts.get(precision, 0) + 1
    if set(counts) == {FP32}:
        return "everything in FP32"
    if FP32 not in counts and len(counts) == 1:
        only = next(iter(counts))
        return f"all {len(candidate)} groups in INT8{_variant(only)}"
    parts = [
        f"{count} in {'FP32' if precision == FP32 else 'INT8' + _variant(precision)}"
        for precision, count in sorted(counts.items())
    ]
    return f"{len(candidate)} groups: {', '.join(parts)}"


def _variant(precision: str) -> str:
    return "" if precision == INT8 else f" ({precision})"
