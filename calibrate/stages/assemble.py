"""From what a run measured to its report: facts put together, nothing measured."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import openvino as ov

from calibrate.contracts.candidate import FP32, INT8, Candidate, Group
from calibrate.contracts.costs import Costs
from calibrate.contracts.observation import Observation
from calibrate.contracts.verdict import Verdict
from calibrate.model.cpu import this_cpu
from calibrate.quantize.scope import WEIGHTED, ignores
from calibrate.report import record
from calibrate.report.changed import by_effect
from calibrate.stages.accept import Judged, drop_on, look_confidence
from calibrate.stages.ground import Ground
from calibrate.stages.pictures import thumbnails
from calibrate.stages.ranges import range_facts
from calibrate.stages.solve import Solver
from calibrate.version import __version__

_MOST_CHANGES = 200
_MOST_PICTURES = 60
_PRACTICAL = 100
"""Times the acceptance images there are: beyond it a number of images is no advice."""
_FLOOR = ("fp32", "calibration", "int8", "timing")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a run found out.

    Attributes:
        solver: the search with all it learned.
        looks: every judgement on the acceptance images.
        answer: what is written.
        performance: of `fp32`, `int8`, `result`.
        source_digest: sha256 of the source model's files.
        created: ISO 8601, UTC.
        notes: what a reader should know.
    """

    solver: Solver
    looks: tuple[Judged, ...]
    answer: Judged
    performance: Mapping[str, record.Performance]
    source_digest: str
    created: str
    notes: tuple[str, ...]


def assemble(outcome: Outcome, written: str | None) -> record.Report:
    """The report of a run."""
    solver, ground = outcome.solver, outcome.solver.ground
    answer = outcome.answer
    seen = _observed(solver, answer.candidate)
    changes = _changes(ground, seen)
    return record.Report(
        created=outcome.created,
        model=_model(outcome, written),
        dataset=_dataset(ground),
        verdict=_verdict(ground, outcome.looks, answer),
        metrics=_metrics(solver, seen, answer),
        performance=dict(outcome.performance),
        groups=_groups(solver, answer.candidate, settled=answer not in outcome.looks),
        recipes=_recipes(solver, answer.candidate),
        front=_front(solver, answer.candidate),
        changes=changes[:_MOST_CHANGES],
        changes_in_all=len(changes),
        ranges=range_facts(solver, answer.candidate),
        labels=tuple(ground.resolved.adapter.label_names()),
        notes=outcome.notes,
        cost=cost_facts(ground.costs),
        environment=environment(),
        config=ground.resolved.document,
    )


def environment() -> record.EnvironmentFacts:
    """The machine and versions, as they are now."""
    cpu = this_cpu()
    return record.EnvironmentFacts(
        cpu=cpu.name,
        cores=cpu.cores,
        instruction_set=cpu.instruction_set,
        vnni=cpu.vnni,
        memory_bytes=cpu.memory,
        platform=platform.platform(),
        python=platform.python_version(),
        openvino=ov.__version__,
        nncf=version("nncf"),
        calibrate=__version__,
    )


def cost_facts(costs: Costs) -> record.CostFacts:
    """The ledger, with the floor that nobody can avoid."""
    total = costs.total
    stages = {
        name: record.StageCost(
            seconds=spent.seconds, compilations=spent.compilations, inferences=spent.inferences
        )
        for name, spent in costs.stages.items()
    }
    floor = [stages[name] for name in _FLOOR if name in stages]
    return record.CostFacts(
        seconds=total.seconds,
        compilations=total.compilations,
        inferences=total.inferences,
        floor=record.StageCost(
            seconds=sum(stage.seconds for stage in floor),
            compilations=sum(stage.compilations for stage in floor),
            inferences=sum(stage.inferences for stage in floor),
        ),
        stages=stages,
    )


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


def _observed(solver: Solver, candidate: Candidate) -> Observation:
    if set(candidate) == {FP32} or not len(candidate):
        return solver.ground.observed
    return solver.bench.observe(candidate, solver.ground.images.everything)


def _model(outcome: Outcome, written: str | None) -> record.ModelFacts:
    ground = outcome.solver.ground
    config = ground.resolved.config
    return record.ModelFacts(
        name=config.model.name or config.model.path.stem,
        source=str(config.model.path),
        digest=outcome.source_digest,
        inputs={plan.name: plan.shape for plan in ground.plans},
        written=written,
        folded=ground.prepared.folded,
        biases_added=len(ground.prepared.biases_added),
        largest_difference=ground.largest_difference,
        kept_in_fp32=outcome.solver.kept,
    )


def _dataset(ground: Ground) -> record.DatasetFacts:
    images, config = ground.images, ground.resolved.config.dataset
    return record.DatasetFacts(
        name=config.name or config.adapter.type,
        digest=images.tensors.digest(),
        samples=len(images.tensors),
        calibration=len(images.calibration),
        calibration_shared=bool(set(images.calibration) & set(images.search)),
        search=len(images.search),
        acceptance=len(images.acceptance),
        seed=config.subsample_seed,
        skipped=images.tensors.skipped,
    )


def _verdict(ground: Ground, looks: Sequence[Judged], answer: Judged) -> record.VerdictFacts:
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


def _metrics(solver: Solver, result: Observation, answer: Judged) -> dict[str, record.MetricFacts]:
    ground = solver.ground
    plain = solver.bench.observe(Candidate.uniform(solver.groups, INT8), ground.images.everything)
    facts = {}
    for position, judged in enumerate(ground.resolved.metrics):
        absolute = ground.budgets(ground.images.acceptance)[position]
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
        value = ground.value(seen, position, indices)
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


def _groups(solver: Solver, chosen: Candidate, *, settled: bool) -> tuple[record.GroupFacts, ...]:
    types = {
        op.get_friendly_name(): op.get_type_name()
        for op in solver.ground.prepared.model.get_ordered_ops()
    }
    facts = []
    for index, group in enumerate(solver.groups):
        precision = chosen.precisions[index]
        known = {
            p: solver.damages[index, p] for p in group.precisions if (index, p) in solver.damages
        }
        times = dict(solver.prices.groups[index]) if solver.prices.groups else {}
        slower = settled or _is_slower(group, times)
        reason: record.Reason = "speed" if slower else "accuracy"
        facts.append(
            record.GroupFacts(
                name=group.name,
                operations=group.operations,
                types=tuple(sorted({types[name] for name in group.operations if name in types})),
                sensitivity={p: damage.mean for p, damage in known.items()},
                sensitivity_error={p: damage.error for p, damage in known.items()},
                microseconds=times,
                precision=precision,
                reason=reason if precision == FP32 else "",
            )
        )
    position = {name: number for number, name in enumerate(types)}
    facts += _left_out(solver, types)
    return tuple(sorted(facts, key=lambda group: position.get(group.operations[0], 0)))


def _left_out(solver: Solver, types: Mapping[str, str]) -> list[record.GroupFacts]:
    """Layers with weights that no group holds: the user's ignored scope, or NNCF's own rules."""
    grouped = {name for group in solver.groups for name in group.operations}
    ignored = solver.ground.resolved.config.quantization.ignored_scope
    left = [name for name, kind in types.items() if kind in WEIGHTED and name not in grouped]
    return [
        record.GroupFacts(
            name=name,
            operations=(name,),
            types=(types[name],),
            sensitivity={},
            sensitivity_error={},
            microseconds={},
            precision=FP32,
            reason="user" if ignores(ignored, name, types[name]) else "not quantizable",
        )
        for name in left
    ]


def _is_slower(group: Group, times: Mapping[str, float]) -> bool:
    """Whether INT8 is no faster than FP32 for a group by itself."""
    quantized = [times[p] for p in group.precisions if p != FP32 and p in times]
    return bool(quantized) and FP32 in times and min(quantized) >= times[FP32]


def _recipes(solver: Solver, chosen: Candidate) -> tuple[record.RecipeFacts, ...]:
    used = set(chosen)
    return tuple(
        record.RecipeFacts(
            name=tried.recipe.name,
            reason=tried.recipe.reason,
            divergence=tried.divergence,
            seconds=tried.seconds,
            chosen=tried.recipe.name in used,
        )
        for tried in solver.recipes
    )


def _front(solver: Solver, chosen: Candidate) -> tuple[record.PointFacts, ...]:
    trials = {trial.candidate: trial for trial in solver.trials}
    labels = [judged.metric.label for judged in solver.ground.resolved.metrics]
    points = []
    for point in solver.points:
        trial = trials.get(point.candidate)
        points.append(
            record.PointFacts(
                groups_in_fp32=len(point.candidate.fallen_back),
                microseconds=point.cost,
                damage=point.damage,
                measured_damage=trial.damage if trial else None,
                drops=dict(zip(labels, trial.drops, strict=True)) if trial else {},
                chosen=point.candidate == chosen,
            )
        )
    return tuple(points)


def _changes(ground: Ground, seen: Observation) -> tuple[record.Change, ...]:
    """All of them, answers lost and gained first, the first ones with a picture."""
    acceptance = set(ground.images.acceptance)
    changed = []
    for index in ground.images.everything:
        before, after = ground.observed.answers.get(index), seen.answers.get(index)
        if before is None or after is None or before[0] == after[0]:
            continue
        facts = ground.images.tensors.facts[index]
        label = getattr(facts.annotation, "label", None)
        changed.append(
            record.Change(
                sample=facts.id,
                source=facts.source,
                label=label,
                fp32=before[0],
                fp32_score=before[1],
                int8=after[0],
                int8_score=after[1],
                images="acceptance" if index in acceptance else "search",
            )
        )
    ordered = by_effect(changed)
    pictures = thumbnails(ground.resolved, [one.sample for one in ordered[:_MOST_PICTURES]])
    return tuple(
        one.model_copy(update={"thumbnail": pictures.get(one.sample, "")}) for one in ordered
    )
