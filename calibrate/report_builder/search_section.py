"""Build the report's section on the search: groups, recipes, and the Pareto front."""

from collections.abc import Mapping, Sequence

from calibrate.core.observation import holds_not_finite
from calibrate.core.operations import WEIGHTED
from calibrate.core.precision import FP32, Candidate, Group, Precision
from calibrate.models.bodies import all_operations
from calibrate.quantization.ignored_scope import ignores
from calibrate.report import search_section
from calibrate.report_builder.execution import execution_facts
from calibrate.runtime.profiling import Executed
from calibrate.search.mixed_precision import MixedPrecisionSearch
from calibrate.search.speed_check import gains_by_another
from calibrate.search.variant_store import VariantStore


def precision_facts(
    mixed_precision_search: MixedPrecisionSearch, chosen: Candidate
) -> dict[str, search_section.PrecisionFacts]:
    """Return the precisions that the report names."""
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
    mixed_precision_search: MixedPrecisionSearch,
    chosen: Candidate,
    executed: Sequence[Executed] = (),
    *,
    slower_in_int8: bool,
) -> tuple[search_section.GroupFacts, ...]:
    """Return every group, and every layer outside the groups, in network order.

    Args:
        mixed_precision_search: search with sensitivities and costs, if measured.
        chosen: the answer.
        executed: nodes that the plugin runs.
        slower_in_int8: whether floating point was taken because INT8 is not faster as a whole.
    """
    types = {
        op.get_friendly_name(): op.get_type_name()
        for op in all_operations(mixed_precision_search.context.baseline.model)
    }
    execution = execution_facts(mixed_precision_search.variant_store.groups, chosen, executed)
    measured = mixed_precision_search.variant_store.measured
    facts = []
    for index, group in enumerate(mixed_precision_search.variant_store.groups):
        precision = chosen.precisions[index]
        damages = measured.damages_of(index, group)
        finite = {p: damage for p, damage in damages.items() if not holds_not_finite(damage.mean)}
        times = measured.costs_of(index)
        reason: search_section.Reason = "not finite"
        smaller = [p for p in damages if _shrinks(p)]
        if not smaller or any(p in finite for p in smaller):
            store = mixed_precision_search.variant_store
            by_speed = slower_in_int8 and any(_shrinks(p) for p in group.precisions)
            reason = "speed" if by_speed else _reason(store, index, chosen)
        facts.append(
            search_section.GroupFacts(
                name=group.name,
                operations=group.operations,
                types=tuple(sorted({types[name] for name in group.operations if name in types})),
                sensitivity={p.name: damage.mean for p, damage in finite.items()},
                sensitivity_error={p.name: damage.error for p, damage in finite.items()},
                microseconds={p.name: time for p, time in times.items()},
                saturation=measured.saturation_of(group),
                precision=precision.name,
                reason=reason if precision.is_float and not precision.compresses_weights else "",
                executed=execution[group.name] if executed else None,
            )
        )
    position = {name: number for number, name in enumerate(types)}
    facts += _left_out(mixed_precision_search, types, executed)
    return tuple(sorted(facts, key=lambda group: position.get(group.name, len(position))))


def _shrinks(precision: Precision) -> bool:
    """Whether a precision quantizes, or compresses weights."""
    return not precision.is_float or precision.compresses_weights


def _left_out(
    mixed_precision_search: MixedPrecisionSearch,
    types: Mapping[str, str],
    executed: Sequence[Executed],
) -> list[search_section.GroupFacts]:
    """Return weighted layers outside the groups: the user's ignored scope, or NNCF's rules."""
    grouped = {
        name for group in mixed_precision_search.variant_store.groups for name in group.operations
    }
    config = mixed_precision_search.context.config
    ignored = config.quantization.ignored_scope
    left = [name for name, kind in types.items() if kind in WEIGHTED and name not in grouped]
    outside = tuple(Group(name, (name,), (), (FP32,)) for name in left)
    execution = execution_facts(outside, Candidate.uniform(outside, FP32), executed)
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
            executed=execution[name] if executed else None,
        )
        for name in left
    ]


def _reason_of_rule(variant_store: VariantStore, group: Group) -> search_section.Reason:
    """Return why a group has no quantizers."""
    context = variant_store.context
    operations = all_operations(context.baseline.model)
    types = {op.get_friendly_name(): op.get_type_name() for op in operations}
    scope = context.config.quantization.ignored_scope
    named = any(ignores(scope, name, types.get(name, "")) for name in group.operations)
    return "user" if named else "not quantizable"


def _reason(variant_store: VariantStore, index: int, chosen: Candidate) -> search_section.Reason:
    """Return why a group is not INT8 in the answer."""
    group = variant_store.groups[index]
    if not any(_shrinks(p) for p in group.precisions):
        return _reason_of_rule(variant_store, group)
    measured = variant_store.measured
    if not measured.damages_of(index, group) and variant_store.expired():
        return "timeout"
    gains = gains_by_another(variant_store.groups, measured.group_costs, index, chosen)
    return "accuracy" if gains else "speed"


def recipe_facts(
    mixed_precision_search: MixedPrecisionSearch, chosen: Candidate
) -> tuple[search_section.RecipeFacts, ...]:
    """Return the recipes in the order tried."""
    used = {precision.name for precision in chosen}
    tunings = mixed_precision_search.variant_store.tunings
    return tuple(
        search_section.RecipeFacts(
            name=trial.precision.name,
            reason=trial.reason,
            divergence=trial.divergence,
            seconds=trial.seconds,
            chosen=trial.precision.name in used,
            tuning=tuple(
                search_section.TuningFacts(**record.content())
                for record in tunings.get(trial.precision, ())
            ),
        )
        for trial in mixed_precision_search.recipe_search.tried
    )


def front_facts(
    mixed_precision_search: MixedPrecisionSearch, chosen: Candidate
) -> tuple[search_section.PointFacts, ...]:
    """Return the points of the front, fastest first, with their measurements."""
    trials = {trial.candidate: trial for trial in mixed_precision_search.trials}
    labels = [judged.metric.label for judged in mixed_precision_search.context.resolved.metrics]
    points = []
    for point in mixed_precision_search.variant_store.measured.points:
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
