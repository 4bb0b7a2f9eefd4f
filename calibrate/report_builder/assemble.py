"""From what a run measured to its report: facts put together, nothing measured."""

from collections.abc import Mapping
from dataclasses import dataclass

from calibrate.context.environment import cost_facts, environment
from calibrate.context.run_context import Ground
from calibrate.context.thumbnails import thumbnails
from calibrate.core.observation import Observation
from calibrate.report import schema
from calibrate.report.changed import by_effect
from calibrate.report.search_section import RangeFacts
from calibrate.report_builder.search_section import front_facts, group_facts, recipe_facts
from calibrate.report_builder.verdict_section import metric_facts, verdict_facts
from calibrate.search.acceptance import Judged
from calibrate.search.mixed_precision import Solver

_MOST_CHANGES = 200
_MOST_PICTURES = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a run found out.

    Attributes:
        solver: the search of the first fold, with all it learned.
        looks: every judgement on the acceptance images.
        answer: what is written.
        performance: of `fp32`, `int8`, `result`.
        source_digest: sha256 of the source model's files.
        created: ISO 8601, UTC.
        notes: what a reader should know.
        differences: what the answer says otherwise than FP32, in words.
        ranges: how calibrated ranges fit what came afterwards.
    """

    solver: Solver
    looks: tuple[Judged, ...]
    answer: Judged
    performance: Mapping[str, schema.Performance]
    source_digest: str
    created: str
    notes: tuple[str, ...]
    differences: tuple[schema.Difference, ...]
    ranges: tuple[RangeFacts, ...]


def assemble(outcome: Outcome, written: str | None) -> schema.Report:
    """The report of a run."""
    solver, ground = outcome.solver, outcome.solver.ground
    answer = outcome.answer
    seen = solver.workshop.observed(answer.candidate)
    changes = _changes(ground, seen)
    return schema.Report(
        created=outcome.created,
        model=_model(outcome, written),
        dataset=_dataset(ground),
        verdict=verdict_facts(ground, outcome.looks, answer),
        metrics=metric_facts(solver, seen, answer),
        performance=dict(outcome.performance),
        groups=group_facts(solver, answer.candidate, settled=answer not in outcome.looks),
        recipes=recipe_facts(solver, answer.candidate),
        front=front_facts(solver, answer.candidate),
        changes=changes[:_MOST_CHANGES],
        changes_in_all=len(changes),
        differences=outcome.differences,
        ranges=outcome.ranges,
        labels=tuple(ground.resolved.adapter.label_names()),
        notes=outcome.notes,
        cost=cost_facts(ground.costs),
        environment=environment(),
        config=ground.resolved.document,
    )


def _model(outcome: Outcome, written: str | None) -> schema.ModelFacts:
    ground = outcome.solver.ground
    config = ground.resolved.config
    return schema.ModelFacts(
        name=config.model.name or config.model.path.stem,
        source=str(config.model.path),
        digest=outcome.source_digest,
        inputs={plan.name: plan.shape for plan in ground.plans},
        written=written,
        folded=ground.prepared.folded,
        biases_added=len(ground.prepared.biases_added),
        largest_difference=ground.largest_difference,
        kept_in_fp32=outcome.solver.workshop.kept,
    )


def _dataset(ground: Ground) -> schema.DatasetFacts:
    images, config = ground.images, ground.resolved.config.dataset
    return schema.DatasetFacts(
        name=config.name or config.adapter.type,
        digest=images.tensors.digest(),
        samples=len(images.tensors),
        calibration=len(images.calibration),
        calibration_shared=bool(set(images.calibration) & set(images.search)),
        folds=len(images.folds),
        search=len(images.search),
        acceptance=len(images.acceptance),
        seed=config.subsample_seed,
        skipped=images.tensors.skipped,
    )


def _changes(ground: Ground, seen: Observation) -> tuple[schema.Change, ...]:
    """All of them, answers lost and gained first, the first ones with a picture."""
    changed = []
    for index in ground.images.everything:
        before, after = ground.observed.answers.get(index), seen.answers.get(index)
        if before is None or after is None or before[0] == after[0]:
            continue
        facts = ground.images.tensors.facts[index]
        label = getattr(facts.annotation, "label", None)
        changed.append(
            schema.Change(
                sample=facts.id,
                source=facts.source,
                label=label,
                fp32=before[0],
                fp32_score=before[1],
                int8=after[0],
                int8_score=after[1],
                images=ground.images.side(index),
            )
        )
    ordered = by_effect(changed)
    pictures = thumbnails(ground.resolved, [one.sample for one in ordered[:_MOST_PICTURES]])
    return tuple(
        one.model_copy(update={"thumbnail": pictures.get(one.sample, "")}) for one in ordered
    )
