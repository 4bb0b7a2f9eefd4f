"""Measure sensitivities and costs of the groups, and compute the front between them."""

from calibrate.core.evaluator import GroupCosts
from calibrate.core.precision import FP32, Candidate
from calibrate.core.stage import Stage
from calibrate.search.group_costs import GroupProfiler, first_offered
from calibrate.search.group_testing import measure_sensitivities
from calibrate.search.offers import is_choice
from calibrate.search.pareto import candidate_cost, cheapest, free_choice, front, problem
from calibrate.search.sensitivity import most_divergent
from calibrate.search.variant_store import VariantStore

_CLEARLY = 0.97
"""Another choice has to cost less than this share to be worth a search."""


def measure_groups(store: VariantStore) -> None:
    """Measure sensitivity and cost of every group, and compute the front between them.

    Groups are measured on the search images of all folds on which the whole model diverges most.
    If time runs out, the measurements so far are kept.
    """
    context, measured = store.context, store.measured
    order = context.data.search
    whole = Candidate.uniform(store.groups, first_offered(store.groups))
    most = context.config.search.ranking_subset_size
    with context.costs.stage(Stage.SENSITIVITY):
        context.progress.stage("Measuring each group", len(store.groups))
        divergences = store.evaluator.observe(whole, order).divergences(order)
        informative = most_divergent(order, divergences, most)
        evaluator = store.group_evaluator()
        try:
            measured.damages = measure_sensitivities(
                evaluator,
                store.groups,
                informative,
                advance=context.progress.advance,
                expired=store.expired,
            )
        finally:
            evaluator.close()
    if store.expired():
        return
    with context.costs.stage(Stage.PROFILE):
        if not measured.group_costs.groups:
            measured.group_costs = measure_group_costs(store)
        measured.saturation = count_saturation(store)
    measured.points = front(problem(store.groups, measured.damages, measured.group_costs))


def could_be_faster(store: VariantStore, candidate: Candidate) -> bool:
    """Whether some choice of precisions may cost clearly less than everything quantized.

    With weight compression only the search can decide it. If groups may run in reduced floating
    point, the costs of the groups decide it, without sensitivities.

    Args:
        store: store with the groups.
        candidate: candidate with every group quantized.
    """
    if any(p.compresses_weights for group in store.groups for p in group.precisions):
        return is_choice(store.groups)
    if store.context.baseline.deployed == FP32 or not store.groups:
        return False
    if not store.measured.group_costs.groups:
        with store.context.costs.stage(Stage.PROFILE):
            store.measured.group_costs = measure_group_costs(store)
    # Variants of INT8 run on the same kernels, so they cost the same as the offered one.
    offered = first_offered(store.groups)
    as_offered = tuple(p if p.is_float else offered for p in candidate)
    whole = free_choice(store.groups, store.measured.group_costs)
    best = cheapest(whole, float("inf"))
    return best is not None and best.cost < _CLEARLY * candidate_cost(whole, Candidate(as_offered))


def measure_group_costs(store: VariantStore) -> GroupCosts:
    """Measure the cost of each group at each precision: microseconds, or bytes for `size`."""
    return _profiler(store).group_costs()


def count_saturation(store: VariantStore) -> dict[str, float]:
    """Return the share of pair sums that overflow without VNNI, by operation, for INT8."""
    offered = first_offered(store.groups)
    if offered.is_float:
        return {}  # nothing is multiplied in integers
    return _profiler(store).saturation(store.models[offered])


def _profiler(store: VariantStore) -> GroupProfiler:
    return GroupProfiler(store.context, store.groups, store.compose)
