"""`calibrate analyze`: measure sensitivity and time of each group, without a search."""

import time

from calibrate.config.resolved import Resolved
from calibrate.context.run_context import RunContext, build_context
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, Candidate
from calibrate.core.progress import Progress
from calibrate.quantization.postprocessing import find_postprocessing
from calibrate.report.commands.analyze import AnalyzeReport, GroupCost, PlainFacts
from calibrate.runtime.cpu import this_cpu
from calibrate.search.measure_groups import count_saturation, measure_group_costs
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.sensitivity import measure_damages, most_divergent
from calibrate.search.variant_store import VariantStore


def analyze(resolved: Resolved, progress: Progress) -> AnalyzeReport:
    """Quantize once, then measure each group's cost in accuracy and saving in time.

    Acceptance images are not used.

    Raises:
        CalibrateError: anything wrong with the input, or a model without anything to quantize.
    """
    config = resolved.config
    context = build_context(resolved, Costs(time.monotonic), progress, config.output.dir / "work")
    kept = find_postprocessing(context.baseline.model) if config.quantization.keep_tail else ()
    variant_store = VariantStore(context, kept, lambda: False)
    plain = quantize_plain(variant_store)
    progress.stage("Measuring INT8", len(context.data.search))
    observation = variant_store.evaluator.observe(plain, context.data.search)
    search = context.data.search
    most = config.search.ranking_subset_size
    whole = most_divergent(search, observation.divergences(search), most)
    progress.stage("Measuring each group", len(variant_store.groups))
    evaluator = variant_store.group_evaluator()
    try:
        damages = measure_damages(evaluator, variant_store.groups, whole, advance=progress.advance)
    finally:
        evaluator.close()  # nothing may run beside the timings that follow
    times = measure_group_costs(variant_store).groups
    saturation = count_saturation(variant_store)
    types = {op.get_friendly_name(): op.get_type_name() for op in context.baseline.model.get_ops()}
    cpu = this_cpu()
    return AnalyzeReport(
        config=str(resolved.path),
        model=config.model.name or config.model.path.stem,
        machine=f"{cpu.name}, {cpu.instruction_set}",
        images=len(whole.indices),
        divergence=whole.total,
        plain=_plain(context, variant_store, plain),
        groups=tuple(
            GroupCost(
                name=group.name,
                operations=group.operations,
                types=tuple(sorted({types[name] for name in group.operations if name in types})),
                sensitivity=damages[index, group.precisions[0]].mean,
                error=damages[index, group.precisions[0]].error,
                images=damages[index, group.precisions[0]].images,
                microseconds={
                    p.name: times[index][p]
                    for p in (FP32, group.precisions[0])
                    if p in times[index]
                },
                saturation=max(
                    (saturation[name] for name in group.operations if name in saturation),
                    default=None,
                ),
            )
            for index, group in enumerate(variant_store.groups)
        ),
    )


def _plain(
    context: RunContext, variant_store: VariantStore, plain: Candidate
) -> tuple[PlainFacts, ...]:
    search = context.data.search
    observation = variant_store.evaluator.observe(plain, search)
    facts = []
    for position, judged in enumerate(context.resolved.metrics):
        drop, error = context.scores.estimate(observation, position, search)
        facts.append(
            PlainFacts(
                metric=judged.metric.label,
                unit=judged.metric.unit,
                fp32=context.scores.value(context.baseline.observed, position, search),
                int8=context.scores.value(observation, position, search),
                drop=drop,
                error=error,
            )
        )
    return tuple(facts)
