"""Build the report's records of the source's open dimensions and states in the written model."""

from calibrate.context.baseline import Baseline
from calibrate.context.dynamic_shapes import OpenedModel
from calibrate.models.dynamic_shapes import open_inputs
from calibrate.models.inputs import DYNAMIC
from calibrate.models.names import operations_of
from calibrate.models.sequences import SEQUENCE
from calibrate.report.model_section import DynamicFacts, ShapeFacts, StateFacts


def state_facts(baseline: Baseline, opened: OpenedModel) -> StateFacts | None:
    """Return which states of the source the written model keeps; None for a source without any."""
    if SEQUENCE not in operations_of(baseline.source):
        return None
    return StateFacts(
        kept=opened.states,
        reason=opened.reason,
        difference=opened.difference,
        steps=max(plan.shape[0] for plan in baseline.plans),
    )


def dynamic_facts(baseline: Baseline, opened: OpenedModel, *, keep: bool) -> DynamicFacts | None:
    """Return the record; None if the source has no open dimension, or none is to be kept."""
    dimensions = open_inputs(baseline.source, [len(plan.shape) for plan in baseline.plans])
    keeps_state = SEQUENCE in operations_of(baseline.source)
    if not dimensions or keeps_state or not keep:
        return None
    shapes = {
        plan.name: tuple(
            DYNAMIC if axis in dimensions.get(plan.index, ()) else size
            for axis, size in enumerate(plan.shape)
        )
        for plan in baseline.plans
    }
    names = [plan.name for plan in baseline.plans]
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
                samples=trial.feeds,
                error=trial.error,
                largest_error=trial.largest_error,
                open_error=trial.open_error,
            )
            for trial in trials
        ),
    )
