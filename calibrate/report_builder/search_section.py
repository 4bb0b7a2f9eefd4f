"""Facts of the search: groups, recipes tried, and the front between time and damage."""

from collections.abc import Mapping

from calibrate.core.observation import holds_not_finite
from calibrate.core.operations import WEIGHTED
from calibrate.core.precision import FP32, Candidate
from calibrate.quantization.ignored_scope import ignores
from calibrate.report import search_section
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.variant_store import VariantStore


def precision_facts(
    mixed_precision_search: MixedPrecisionSearch, chosen: Candidate
) -> dict[str, search_section.PrecisionFacts]:
    """What every name of a precision in the report stands for."""
    store = mixed_precision_search.variant_store
    offered = [precision for group in store.groups for precision in group.precisions]
    return {
        precision.name: search_section.PrecisionFacts(
            title=precision.title,
            weight_bits=precision.weight_bits,
            activation_bits=precision.activation_bits,
            compute_type=precision.compute_type,
        )
        for precision in dict.fromkeys((FP32, *store.models, *offered, *chosen))
    }


def group_facts(
    mixed_precision_search: MixedPrecisionSearch, chosen: Candidate, *, settled: bool
) -> tuple[search_section.GroupFacts, ...]:
    """Every group, and every layer that no group holds, in network order.

    Args:
        mixed_precision_search: with damages and prices, where they were measured.
        chosen: the answer.
        settled: whether FP32 was taken because INT8 is not faster as a whole.
    """
    types = {
        op.get_friendly_name(): op.get_type_name()
        for op in mixed_precision_search.context.prepared.model.get_ordered_ops()
    }
    facts = []
    for index, group in enumerate(mixed_precision_search.variant_store.groups):
        precision = chosen.precisions[index]
        known = {
            p: mixed_precision_search.variant_store.damages[index, p]
            for p in group.precisions
            if (index, p) in mixed_precision_search.variant_store.damages
        }
        finite = {p: damage for p, damage in known.items() if not holds_not_finite(damage.mean)}
        times = (
            dict(mixed_precision_search.variant_store.prices.groups[index])
            if mixed_precision_search.variant_store.prices.groups
            else {}
        )
        reason: search_section.Reason = "not finite"
        if finite or not known:
            store = mixed_precision_search.variant_store
            reason = "speed" if settled else _reason(store, index, chosen)
        facts.append(
            search_section.GroupFacts(
                name=group.name,
                operations=group.operations,
                types=tuple(sorted({types[name] for name in group.operations if name in types})),
                sensitivity={p.name: damage.mean for p, damage in finite.items()},
                sensitivity_error={p.name: damage.error for p, damage in finite.items()},
                microseconds={p.name: time for p, time in times.items()},
                saturation=max(
                    (
                        mixed_precision_search.variant_store.saturation[n]
                        for n in group.operations
                        if n in mixed_precision_search.variant_store.saturation
                    ),
                    default=None,
                ),
                precision=precision.name,
                reason=reason if precision == FP32 else "",
            )
        )
    position = {name: number for number, name in enumerate(types)}
    facts += _left_out(mixed_precision_search, types)
    return tuple(sorted(facts, key=lambda group: position.get(group.name, len(position))))


def _left_out(
    mixed_precision_search: MixedPrecisionSearch, types: Mapping[str, str]
) -> list[search_section.GroupFacts]:
    """Layers with weights that no group holds: the user's ignored scope, or NNCF's own rules."""
    grouped = {
        name for group in mixed_precision_search.variant_store.groups for name in group.operations
    }
    ignored = mixed_precision_search.context.resolved.config.quantization.ignored_scope
    left = [name for name, kind in types.items() if kind in WEIGHTED and name not in grouped]
    return [
        search_section.GroupFacts(
            name=name,
            operations=(name,),
            types=(types[name],),
            sensitivity={},
            sensitivity_error={},
            microseconds={},
            precision=FP32.name,
            reason="user" if ignores(ignored, name, types[name]) else "not quantizable",
        )
        for name in left
    ]


def _reason(variant_store: VariantStore, index: int, chosen: Candidate) -> search_section.Reason:
    """Why a group is not INT8 in the answer."""
    group = variant_store.groups[index]
    measured = any((index, precision) in variant_store.damages for precision in group.precisions)
    if not measured and variant_store.expired():
        return "timeout"
    return "accuracy" if _gains_by_int8(variant_store, index, chosen) else "speed"


def _gains_by_int8(variant_store: VariantStore, index: int, chosen: Candidate) -> bool:
    """Whether the answer would cost less with the group in INT8, conversions included.

    True where costs were not measured.
    """
    prices = variant_store.prices
    if not prices.groups or FP32 not in prices.groups[index]:
        return True
    offered = [
        precision
        for precision in variant_store.groups[index].precisions
        if precision != FP32 and precision in prices.groups[index]
    ]
    neighbours = {pair: extra for pair, extra in prices.boundaries.items() if index in pair}

    def cost(candidate: Candidate) -> float:
        crossed = sum(
            extra
            for (first, second), extra in neighbours.items()
            if candidate.precisions[first].is_float != candidate.precisions[second].is_float
        )
        return prices.groups[index][candidate.precisions[index]] + crossed

    present = cost(chosen)
    return not offered or any(cost(chosen.replaced(index, p)) < present for p in offered)


def recipe_facts(
    mixed_precision_search: MixedPrecisionSearch, chosen: Candidate
) -> tuple[search_section.RecipeFacts, ...]:
    """Recipes in the order tried."""
    used = {precision.name for precision in chosen}
    return tuple(
        search_section.RecipeFacts(
            name=tried.recipe.precision.name,
            reason=tried.recipe.reason,
            divergence=tried.divergence,
            seconds=tried.seconds,
            chosen=tried.recipe.precision.name in used,
        )
        for tried in mixed_precision_search.recipe_search.tried
    )


def front_facts(
    mixed_precision_search: MixedPrecisionSearch, chosen: Candidate
) -> tuple[search_section.PointFacts, ...]:
    """Points of the front, fastest first, with what was measured of them."""
    trials = {trial.candidate: trial for trial in mixed_precision_search.trials}
    labels = [judged.metric.label for judged in mixed_precision_search.context.resolved.metrics]
    points = []
    for point in mixed_precision_search.variant_store.points:
        trial = trials.get(point.candidate)
        points.append(
            search_section.PointFacts(
                groups_in_fp32=len(point.candidate.fallen_back),
                microseconds=point.cost,
                damage=point.damage,
                measured_damage=trial.damage if trial else None,
                drops=dict(zip(labels, trial.drops, strict=True)) if trial else {},
                chosen=point.candidate == chosen,
            )
        )
    return tuple(points)
