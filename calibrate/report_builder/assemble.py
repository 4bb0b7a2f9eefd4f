"""Assemble the report from a run's measurements; nothing is measured here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from calibrate.config.schema import RunConfig
from calibrate.context.blind_metrics import blind_metrics
from calibrate.context.dataset import Data
from calibrate.context.dynamic_shapes import OpenedModel
from calibrate.context.footprints import Footprint
from calibrate.context.run_context import RunContext
from calibrate.context.thumbnails import thumbnails
from calibrate.core.observation import Observation
from calibrate.core.precision import FP32
from calibrate.models.readers.registry import is_function
from calibrate.quantization.pinning import unpinned
from calibrate.report import schema
from calibrate.report.changed import by_effect
from calibrate.report.search_section import RangeFacts, WeightFacts
from calibrate.report.verdict_section import FloatingPointReason
from calibrate.report_builder.candidates import candidate_facts
from calibrate.report_builder.classes import class_section, confusion
from calibrate.report_builder.dynamic_shapes import dynamic_facts, state_facts
from calibrate.report_builder.environment import cost_facts, environment
from calibrate.report_builder.graph import graph_facts
from calibrate.report_builder.performance import performance
from calibrate.report_builder.search_section import (
    front_facts,
    group_facts,
    precision_facts,
    recipe_facts,
)
from calibrate.report_builder.sections import Sections
from calibrate.report_builder.verdict_section import metric_facts, verdict_facts
from calibrate.runtime.inference_precision import plugin_default
from calibrate.runtime.memory_footprint import file_bytes
from calibrate.runtime.profiling import Executed
from calibrate.search.acceptance import AcceptanceRound
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.speed_check import FLOAT
from calibrate.search.timed_answer import FP32_MODEL, TimedAnswer

_MOST_CHANGES = 200
_MOST_PICTURES = 60


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """The results of a run's search.

    Attributes:
        mixed_precision_search: the search of the first fold, with its measurements.
        looks: every acceptance round.
        timed: the answer, and the times of all models.
        executed: nodes of the answer that the plugin runs.
        source_digest: sha256 of the source model's files.
        created: ISO 8601, UTC.
        opened: the model to write, with the source's open dimensions.
    """

    mixed_precision_search: MixedPrecisionSearch
    looks: tuple[AcceptanceRound, ...]
    timed: TimedAnswer
    executed: tuple[Executed, ...]
    source_digest: str
    created: str
    opened: OpenedModel

    @property
    def answer(self) -> AcceptanceRound:
        """The acceptance round of the written model."""
        return self.timed.answer

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know."""
        search = self.mixed_precision_search
        left_out = search.recipe_search.left_out.values()
        crossed = (self._cross_fitted,) if self._cross_fitted else ()
        context = self.mixed_precision_search.context
        blind = blind_metrics(
            context.resolved.metrics,
            context.baseline.reference.predictions,
            context.data.tensors.facts,
        )
        return (*self.timed.notes, *left_out, *crossed, *blind)

    @property
    def _cross_fitted(self) -> str:
        """How a fine-tuned answer was judged, if each fold has a model of its own."""
        by_fold = self.mixed_precision_search.variant_store.by_fold
        if not set(by_fold) & set(self.answer.candidate):
            return ""
        return (
            "Each half of the images judged a model that was fine-tuned on the other half. The "
            "model that was fine-tuned on the first half is written."
        )


@dataclass(frozen=True, slots=True)
class ReportParts:
    """Sections that are measured once the model is written.

    Attributes:
        footprints: of `fp32`, `int8`, `result`.
        differences: where the answer's predictions differ from FP32's.
        ranges: how calibrated ranges fit the values observed later, and the weights.
        layer_errors: error of each group's INT8 layers by itself, by the group's name.
    """

    footprints: Callable[[], Mapping[str, Footprint]]
    differences: Callable[[], tuple[schema.Difference, ...]]
    ranges: Callable[[], tuple[tuple[RangeFacts, ...], tuple[WeightFacts, ...]]]
    layer_errors: Callable[[], Mapping[str, float]]


def build_brief_report(
    outcome: SearchOutcome, written: str | None, sections: Sections
) -> schema.Report:
    """Build the part that is written with the model: verdict, metrics, groups, machine, config.

    Args:
        outcome: of the run.
        written: path of the model.
        sections: builds those that may fail.
    """
    search, answer = outcome.mixed_precision_search, outcome.answer
    context = search.context
    observation = search.variant_store.observed(answer.candidate)
    unknown: FloatingPointReason = ""
    reason = sections.make("reason", lambda: _floating_point_reason(outcome), unknown)
    is_float = all(p.is_float and not p.compresses_weights for p in answer.candidate)
    settled = outcome.timed.is_replaced and is_float
    return schema.Report(
        created=outcome.created,
        model=_model(outcome, written),
        dataset=_dataset(context.config, context.data),
        verdict=verdict_facts(
            context.config,
            context.data,
            looks=outcome.looks,
            answer=answer,
            floating_point_reason=reason,
        ),
        metrics=metric_facts(search, observation, answer),
        performance=_performance(outcome, {}),
        deployment=deployment_facts(outcome),
        groups=sections.make(
            "groups",
            lambda: group_facts(search, answer.candidate, outcome.executed, settled=settled),
            (),
        ),
        precisions=sections.make(
            "precisions", lambda: precision_facts(search, answer.candidate), {}
        ),
        recipes=(),
        front=(),
        changes=(),
        labels=(),
        notes=(*outcome.notes, *sections.notes),
        cost=cost_facts(context.costs, search.variant_store.workers),
        environment=environment(),
        config=context.resolved.document,
        config_given=context.resolved.given,
    )


def build_report(
    brief: schema.Report, outcome: SearchOutcome, sections: Sections, parts: ReportParts
) -> schema.Report:
    """Build the whole report; further sections that fail are left out.

    Args:
        brief: the part written with the model.
        outcome: of the run.
        sections: builds those that may fail.
        parts: measured for the report alone.
    """
    search, answer = outcome.mixed_precision_search, outcome.answer
    context = search.context
    observation = search.variant_store.observed(answer.candidate)
    footprints = sections.make("memory", parts.footprints, None) or {}
    changes = sections.make("changes", lambda: _changes(context, observation), ())
    ranges, weights = sections.make("ranges", parts.ranges, ((), ()))
    errors = sections.make("layer errors", parts.layer_errors, None) or {}
    groups = tuple(
        group.model_copy(update={"layer_error": errors.get(group.name)}) for group in brief.groups
    )
    built = {
        "groups": groups,
        "sensitivity_missing": _sensitivity_missing(search),
        "candidates": sections.make("candidates", lambda: candidate_facts(search), ()),
        "graph": sections.make("graph", lambda: graph_facts(context.baseline.model, groups), None),
        "classes": sections.make("classes", lambda: class_section(context, observation), None),
        "confusion": sections.make("confusion", lambda: confusion(context, observation), None),
        "performance": _performance(outcome, footprints),
        "recipes": sections.make("recipes", lambda: recipe_facts(search, answer.candidate), ()),
        "front": sections.make("front", lambda: front_facts(search, answer.candidate), ()),
        "changes": changes[:_MOST_CHANGES],
        "changes_in_all": len(changes),
        "differences": sections.make("differences", parts.differences, ()),
        "ranges": ranges,
        "weights": weights,
        "labels": sections.make(
            "labels", lambda: tuple(context.resolved.adapter.label_names()), ()
        ),
    }
    notes = (*outcome.notes, *sections.notes)
    cost = cost_facts(context.costs, search.variant_store.workers)
    return brief.model_copy(update={**built, "notes": notes, "cost": cost})


def _sensitivity_missing(search: MixedPrecisionSearch) -> str:
    """Say why sensitivities were not measured; empty where they were."""
    store, resolved = search.variant_store, search.context.resolved
    if store.measured.damages or not store.groups:
        return ""
    if store.expired():
        return "Time ran out before the sensitivity of any group was measured."
    return (
        "The search did not need the sensitivities, since it ended before layers had to fall back; "
        f"`calibrate analyze {resolved.path.name}` measures them."
    )


def _performance(
    outcome: SearchOutcome, footprints: Mapping[str, Footprint]
) -> dict[str, schema.Performance]:
    """Return times and sizes of the shown models; None for sizes that were not measured."""
    timed = outcome.timed
    measured = {
        name: performance(
            timed.timings[name],
            footprints.get(name),
            timed.types[name],
            deployed_float=timed.timings.get(FLOAT),
        )
        for name in timed.shown
    }
    config = outcome.mixed_precision_search.context.config
    source = config.model.path
    if footprints and not is_function(source):
        # A model may be stored smaller than the IR of its FP32 weights, as FP16 or integers.
        fp32 = measured[FP32_MODEL].model_copy(update={"file_bytes": file_bytes(source)})
        measured[FP32_MODEL] = fp32
    return measured


def deployment_facts(outcome: SearchOutcome) -> schema.DeploymentFacts:
    """Return how to run the answer as it was evaluated."""
    search = outcome.mixed_precision_search
    candidate, deployed = outcome.answer.candidate, search.context.baseline.deployed
    left = unpinned(search.variant_store.groups, candidate, outcome.executed)
    # An FP32 model that the plugin does not keep in FP32 by its marks needs the hint.
    compute_type = "f32" if candidate.is_fp32 and left else deployed.compute_type
    needed = compute_type != plugin_default()
    conditions = outcome.timed.conditions
    return schema.DeploymentFacts(
        inference_precision=compute_type,
        properties={"INFERENCE_PRECISION_HINT": compute_type} if needed else {},
        not_pinned=tuple(group.name for group in left),
        others=conditions.others,
        drift=conditions.drift,
        timed=conditions.date,
    )


def _floating_point_reason(outcome: SearchOutcome) -> FloatingPointReason:
    """Say why no INT8 model is written; empty if one is."""
    variant_store = outcome.mixed_precision_search.variant_store
    if set(outcome.answer.candidate) - {FP32}:
        return ""
    if not any(set(group.precisions) - {FP32} for group in variant_store.groups):
        return "nothing to quantize"
    if outcome.answer not in outcome.looks:
        return "speed"
    unmeasured = any(
        not variant_store.measured.damages_of(index, group)
        for index, group in enumerate(variant_store.groups)
    )
    return "time" if unmeasured and variant_store.expired() else "budget"


def _model(outcome: SearchOutcome, written: str | None) -> schema.ModelFacts:
    context = outcome.mixed_precision_search.context
    baseline, config = context.baseline, context.resolved.config
    return schema.ModelFacts(
        name=config.model.name or config.model.path.stem,
        source=str(config.model.path),
        digest=outcome.source_digest,
        inputs={plan.name: plan.shape for plan in baseline.plans},
        written=written,
        folded=baseline.prepared.folded,
        biases_added=len(baseline.prepared.biases_added),
        largest_difference=baseline.largest_difference,
        kept_in_fp32=outcome.mixed_precision_search.variant_store.kept,
        dynamic=dynamic_facts(baseline, outcome.opened, keep=config.model.keep_dynamic),
        model_type_reason=outcome.mixed_precision_search.variant_store.model_type_reason,
        states=state_facts(baseline, outcome.opened),
    )


def _dataset(config: RunConfig, data: Data) -> schema.DatasetFacts:
    section = config.dataset
    return schema.DatasetFacts(
        name=section.name or section.adapter.type,
        digest=data.tensors.digest(),
        samples=len(data.tensors),
        calibration=len(data.calibration),
        calibration_dataset=_calibration_name(config),
        calibration_shared=bool(data.calibrated & set(data.search)),
        folds=len(data.folds),
        search=len(data.search),
        acceptance=len(data.acceptance),
        seed=section.subsample_seed,
        skipped=data.tensors.skipped,
    )


def _calibration_name(config: RunConfig) -> str:
    section = config.calibration
    return "" if section is None else section.name or section.adapter.type


def _changes(context: RunContext, observation: Observation) -> tuple[schema.Change, ...]:
    """Return all changed predictions, lost and gained answers first, the first with thumbnails."""
    changed, fp32 = [], context.baseline.observed
    for index in context.data.everything:
        before, after = fp32.answers.get(index), observation.answers.get(index)
        if before is None or after is None or before[0] == after[0]:
            continue
        facts = context.data.tensors.facts[index]
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
                images=context.data.side(index),
            )
        )
    ordered = by_effect(changed)
    images_by_sample = thumbnails(
        context.reader, [change.sample for change in ordered[:_MOST_PICTURES]]
    )
    return tuple(
        change.model_copy(update={"thumbnail": images_by_sample.get(change.sample, "")})
        for change in ordered
    )
