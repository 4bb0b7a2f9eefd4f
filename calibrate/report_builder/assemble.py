"""Assemble the report from a run's measurements; nothing is measured here."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from calibrate.context.run_context import RunContext
from calibrate.core.evaluator import FIRST_IMAGES, Sensitivity
from calibrate.core.observation import holds_not_finite
from calibrate.core.precision import FP32
from calibrate.models.readers.registry import is_function
from calibrate.report.schema import Report
from calibrate.report.search_section import GroupFacts
from calibrate.report.verdict_section import FloatingPointReason
from calibrate.report_builder.candidates import candidate_facts
from calibrate.report_builder.changes import changed_predictions
from calibrate.report_builder.classes import class_section, confusion
from calibrate.report_builder.counter_note import counter_note
from calibrate.report_builder.deployment import deployment_facts, performances
from calibrate.report_builder.environment import cost_facts, environment
from calibrate.report_builder.file_note import file_note
from calibrate.report_builder.graph import graph_facts
from calibrate.report_builder.model import dataset_facts, model_facts
from calibrate.report_builder.outcome import ReportParts, ReportSensitivities, SearchOutcome
from calibrate.report_builder.search_section import (
    front_facts,
    group_facts,
    precision_facts,
    recipe_facts,
)
from calibrate.report_builder.sections import Sections
from calibrate.report_builder.verdict_section import metric_facts, verdict_facts
from calibrate.runtime.memory_footprint import file_bytes
from calibrate.search.mixed_precision import MixedPrecisionSearch

_MOST_CHANGES = 200
_MEASURED_LATER = (
    f"Measured for this report alone, on the {FIRST_IMAGES} search samples on which plain INT8 "
    "diverges most; no choice rests on it."
)
_IN_SETS = "Groups were measured in sets, to save time; the groups of a set share equally."


def build_brief_report(outcome: SearchOutcome, written: str | None, sections: Sections) -> Report:
    """Build the part that is written with the model: verdict, metrics, groups, machine, config.

    Args:
        outcome: outcome of the run.
        written: path of the model.
        sections: builds those that may fail.
    """
    search, answer = outcome.mixed_precision_search, outcome.answer
    context = search.context
    observation = search.variant_store.observed(answer.candidate)
    is_float = all(p.is_float and not p.compresses_weights for p in answer.candidate)
    slower_in_int8 = outcome.timed.is_replaced and is_float
    groups: tuple[GroupFacts, ...] = sections.make(
        "groups",
        lambda: group_facts(
            search, answer.candidate, outcome.executed, slower_in_int8=slower_in_int8
        ),
        (),
    )
    unknown: FloatingPointReason = ""
    reason = sections.make("reason", lambda: _floating_point_reason(outcome, groups), unknown)
    return Report(
        created=outcome.created,
        model=model_facts(outcome, written),
        dataset=dataset_facts(context.resolved, context.data),
        verdict=verdict_facts(
            context.config,
            context.data,
            looks=outcome.looks,
            answer=answer,
            floating_point_reason=reason,
        ),
        metrics=metric_facts(search, observation, answer),
        performance=performances(outcome, {}),
        deployment=deployment_facts(outcome),
        groups=groups,
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
    brief: Report, outcome: SearchOutcome, sections: Sections, parts: ReportParts
) -> Report:
    """Build the whole report; further sections that fail are left out.

    Args:
        brief: the part written with the model.
        outcome: outcome of the run.
        sections: builds those that may fail.
        parts: measured for the report alone.
    """
    search, answer = outcome.mixed_precision_search, outcome.answer
    context = search.context
    observation = search.variant_store.observed(answer.candidate)
    footprints = sections.make("memory", parts.footprints, None) or {}
    changes = sections.make("changes", lambda: changed_predictions(context, observation), ())
    ranges, weights = sections.make("ranges", parts.ranges, ((), ()))
    errors = sections.make("layer errors", parts.layer_errors, None) or {}
    sensitivities = sections.make("sensitivities", parts.sensitivities, ReportSensitivities())
    groups = tuple(
        group.model_copy(
            update={
                "layer_error": errors.get(group.name),
                **_sensitivity(search, group, sensitivities.by_group.get(group.name)),
            }
        )
        for group in brief.groups
    )
    built = {
        "groups": groups,
        "sensitivity_missing": sensitivities.missing,
        "sensitivity_note": _sensitivity_note(sensitivities),
        "candidates": sections.make("candidates", lambda: candidate_facts(search), ()),
        "graph": sections.make("graph", lambda: graph_facts(context.baseline.model, groups), None),
        "classes": sections.make("classes", lambda: class_section(context, observation), None),
        "confusion": sections.make("confusion", lambda: confusion(context, observation), None),
        "performance": performances(outcome, footprints, brief.model.written),
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
    about_file = sections.make("file note", lambda: _file_note(context, brief.model.written), "")
    about = (counter_note(brief), about_file)
    notes = (*outcome.notes, *(text for text in about if text), *sections.notes)
    cost = cost_facts(context.costs, search.variant_store.workers)
    return brief.model_copy(update={**built, "notes": notes, "cost": cost})


def _file_note(context: RunContext, written: str | None) -> str:
    path = context.config.model.path
    if written is None or is_function(path):
        return ""
    return file_note(context.baseline.source, file_bytes(path), Path(written))


def _sensitivity(
    search: MixedPrecisionSearch, group: GroupFacts, measured: Sensitivity | None
) -> dict[str, dict[str, float]]:
    """Return the fields of a group's sensitivity that was measured for the report."""
    if measured is None or holds_not_finite(measured.mean):
        return {}
    first = next(g.precisions[0] for g in search.variant_store.groups if g.name == group.name)
    errors = {first.name: measured.error} if isfinite(measured.error) else {}
    return {"sensitivity": {first.name: measured.mean}, "sensitivity_error": errors}


def _sensitivity_note(sensitivities: ReportSensitivities) -> str:
    """Describe sensitivities that were measured for the report alone; empty without any."""
    if not sensitivities.by_group:
        return ""
    return f"{_MEASURED_LATER} {_IN_SETS}" if sensitivities.in_sets else _MEASURED_LATER


def gains_nothing(groups: Sequence[GroupFacts]) -> bool:
    """Whether INT8 gains in none of the groups that have it, so that accuracy decides nothing."""
    reasons = {group.reason for group in groups}
    return "speed" in reasons and reasons <= {"speed", "not quantizable", "user"}


def _floating_point_reason(
    outcome: SearchOutcome, groups: Sequence[GroupFacts]
) -> FloatingPointReason:
    """Return why the FP32 model is written; empty if another one is."""
    variant_store = outcome.mixed_precision_search.variant_store
    if set(outcome.answer.candidate) - {FP32}:
        return ""
    if not any(set(group.precisions) - {FP32} for group in variant_store.groups):
        return "nothing to quantize"
    if outcome.answer not in outcome.looks or gains_nothing(groups):
        return "speed"
    unmeasured = any(
        not variant_store.measured.damages_of(index, group)
        for index, group in enumerate(variant_store.groups)
    )
    return "time" if unmeasured and variant_store.expired() else "budget"
