"""Measure sensitivities for the report alone, where the search ended without them."""

from dataclasses import replace

from calibrate.context.run_context import RunContext
from calibrate.core.costs import Spent
from calibrate.core.evaluator import FIRST_IMAGES, Sensitivity
from calibrate.core.precision import FP32, Candidate
from calibrate.core.stage import Stage
from calibrate.search.group_testing import measure_sensitivities, most_measurements
from calibrate.search.sensitivity import most_telling
from calibrate.search.variant_store import VariantStore

SECONDS = 30.0
"""Longest time that they may take; the model is written by then."""


def report_seconds(measurements: int, evaluation: float, images: int) -> float:
    """Return about how long a number of measurements takes.

    Args:
        measurements: of one group each, on `FIRST_IMAGES` images.
        evaluation: seconds to compile a model and evaluate it on all images.
        images: of that evaluation.
    """
    # Half of a short evaluation may be compilation, which each measurement needs anew.
    return measurements * evaluation * max(0.5, FIRST_IMAGES / max(1, images))


def measurements_cost(groups: int, images: int) -> Spent:
    """Return the compilations and inferences of `report_sensitivities`.

    Args:
        groups: of the model, each at one precision.
        images: search images.
    """
    return Spent.evaluations(min(groups, most_measurements(groups)), min(FIRST_IMAGES, images))


def report_sensitivities(store: VariantStore) -> dict[str, Sensitivity]:
    """Return the sensitivity of each group at the precision that was tried first, by its name.

    They were not needed for the choice and do not change it. A few search images are used, those
    on which the whole model diverges most.

    Returns:
        Empty where the search has them, where nothing is quantized, or where they would take
        longer than `SECONDS`.
    """
    context = store.context
    groups = tuple(replace(group, precisions=(group.precisions[0], FP32)) for group in store.groups)
    quantized = [g for g in groups if not g.precisions[0].is_float]
    if store.measured.damages or not quantized or store.expired():
        return {}
    if _seconds(context, len(groups)) > SECONDS:
        return {}
    whole = Candidate(tuple(group.precisions[0] for group in groups))
    order = context.data.search
    begun = context.costs.clock()

    def expired() -> bool:
        return context.costs.clock() - begun > SECONDS

    with context.costs.stage(Stage.REPORT_SENSITIVITIES):
        context.progress.stage("Measuring each group for the report", len(groups))
        divergences = store.evaluator.observe(whole, order).divergences(order)
        evaluator = store.group_evaluator()
        try:
            measured = measure_sensitivities(
                evaluator,
                groups,
                most_telling(order, divergences, FIRST_IMAGES),
                advance=context.progress.advance,
                expired=expired,
            )
        finally:
            evaluator.close()
    if expired():
        return {}
    return {groups[index].name: sensitivity for (index, _), sensitivity in measured.items()}


def _seconds(context: RunContext, groups: int) -> float:
    spent = context.costs.so_far(Stage.INT8)
    passes = max(1, spent.compilations)
    everything = len(context.data.everything)
    cost = measurements_cost(groups, len(context.data.search))
    return report_seconds(cost.compilations, spent.seconds / passes, everything)
