"""Sensitivity and time of each group, without searching for anything."""

import time

from calibrate.config.resolved import Resolved
from calibrate.context.run_context import Ground, lay_ground
from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, Candidate
from calibrate.core.progress import Progress
from calibrate.evaluation.candidate_evaluator import Bench
from calibrate.quantization.postprocessing import find_tail
from calibrate.report.commands.analyze import Analysis, GroupCost, PlainFacts
from calibrate.runtime.cpu import this_cpu
from calibrate.search.sensitivity import measure_damages, most_telling
from calibrate.search.variant_store import Workshop


def analyze(resolved: Resolved, progress: Progress) -> Analysis:
    """Quantize once, then measure what each group alone costs in accuracy and saves in time.

    Acceptance images are not looked at for any of it.

    Raises:
        CalibrateError: anything wrong with the input, or a model without anything to quantize.
    """
    config = resolved.config
    ground = lay_ground(resolved, Costs(time.monotonic), progress, config.output.dir / "work")
    kept = find_tail(ground.prepared.model) if config.quantization.keep_tail else ()
    workshop = Workshop(ground, kept, lambda: False)
    plain = workshop.quantize_plain()
    progress.stage("Measuring INT8", len(ground.images.search))
    seen = workshop.bench.observe(plain, ground.images.search)
    search = ground.images.search
    whole = most_telling(search, seen.divergences(search), config.search.ranking_subset_size)
    progress.stage("Measuring each group", len(workshop.groups))
    damages = measure_damages(
        # A bench of its own, since this stage counts groups, not images.
        Bench(workshop.compose, ground.reference, ground.costs),
        workshop.groups,
        whole,
        advance=progress.advance,
    )
    times = workshop.price_groups().groups
    saturation = workshop.count_saturation()
    types = {op.get_friendly_name(): op.get_type_name() for op in ground.prepared.model.get_ops()}
    cpu = this_cpu()
    return Analysis(
        config=str(resolved.path),
        model=config.model.name or config.model.path.stem,
        machine=f"{cpu.name}, {cpu.instruction_set}",
        images=len(whole.indices),
        divergence=whole.total,
        plain=_plain(ground, workshop, plain),
        groups=tuple(
            GroupCost(
                name=group.name,
                operations=group.operations,
                types=tuple(sorted({types[name] for name in group.operations if name in types})),
                sensitivity=damages[index, group.precisions[0]].mean,
                error=damages[index, group.precisions[0]].error,
                images=damages[index, group.precisions[0]].images,
                microseconds={
                    p: times[index][p] for p in (FP32, group.precisions[0]) if p in times[index]
                },
                saturation=max(
                    (saturation[name] for name in group.operations if name in saturation),
                    default=None,
                ),
            )
            for index, group in enumerate(workshop.groups)
        ),
    )


def _plain(ground: Ground, workshop: Workshop, plain: Candidate) -> tuple[PlainFacts, ...]:
    search = ground.images.search
    seen = workshop.bench.observe(plain, search)
    facts = []
    for position, judged in enumerate(ground.resolved.metrics):
        drop, error = ground.board.estimates([seen], position, [search])[0]
        facts.append(
            PlainFacts(
                metric=judged.metric.label,
                unit=judged.metric.unit,
                fp32=ground.board.value(ground.observed, position, search),
                int8=ground.board.value(seen, position, search),
                drop=drop,
                error=error,
            )
        )
    return tuple(facts)
