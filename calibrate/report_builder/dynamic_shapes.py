"""What became of the source's open dimensions, for the report."""

from calibrate.context.dynamic_shapes import OpenedModel
from calibrate.context.run_context import RunContext
from calibrate.models.inputs import DYNAMIC
from calibrate.models.names import operations_of
from calibrate.models.reopen import open_inputs
from calibrate.models.sequences import SEQUENCE
from calibrate.report.schema import DynamicFacts, ShapeFacts, StateFacts


def state_facts(context: RunContext, opened: OpenedModel) -> StateFacts | None:
    """Return what became of the source's states; None where it keeps none."""
    if SEQUENCE not in operations_of(context.source):
        return None
    return StateFacts(
        kept=opened.states,
        reason=opened.reason,
        difference=opened.difference,
        steps=max(plan.shape[0] for plan in context.plans),
    )


def dynamic_facts(context: RunContext, opened: OpenedModel) -> DynamicFacts | None:
    """Return the facts; None where the source has no open dimension, or they were not wanted."""
    dimensions = open_inputs(context.source, [len(plan.shape) for plan in context.plans])
    keeps_state = SEQUENCE in operations_of(context.source)
    if not dimensions or keeps_state or not context.config.model.keep_dynamic:
        return None
    shapes = {
        plan.name: tuple(
            DYNAMIC if axis in dimensions.get(plan.index, ()) else size
            for axis, size in enumerate(plan.shape)
        )
        for plan in context.plans
    }
    names = [plan.name for plan in context.plans]
    trials = opened.trials
    return DynamicFacts(
        inputs=shapes,
        kept=bool(trials),
        reason=opened.reason,
        difference=trials[0].difference if trials else None,
        open_difference=trials[0].open_difference if trials else None,
        tried=tuple(
            ShapeFacts(
                inputs=dict(zip(names, trial.shapes, strict=True)),
                error=trial.error,
                open_error=trial.open_error,
            )
            for trial in trials
        ),
    )
