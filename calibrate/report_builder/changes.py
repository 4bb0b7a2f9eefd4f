"""Build the report's list of predictions that quantization changed."""

from calibrate.context.run_context import RunContext
from calibrate.context.thumbnails import thumbnails
from calibrate.core.observation import Observation
from calibrate.core.variables import without_values
from calibrate.report.changed_predictions import by_effect
from calibrate.report.changes_section import Change

_MOST_PICTURES = 60


def changed_predictions(context: RunContext, observation: Observation) -> tuple[Change, ...]:
    """Return all changed predictions, lost and gained answers first, the first with thumbnails."""
    changed, fp32 = [], context.baseline.observed
    for index in context.data.everything:
        before, after = fp32.answers.get(index), observation.answers.get(index)
        if before is None or after is None or before[0] == after[0]:
            continue
        facts = context.data.tensors.facts[index]
        label = getattr(facts.annotation, "label", None)
        changed.append(
            Change(
                sample=facts.id,
                source=without_values(facts.source),
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
