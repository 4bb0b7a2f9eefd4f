"""How fast the models of a run are, side by side."""

from collections.abc import Mapping
from dataclasses import asdict

import openvino as ov

from calibrate.context.footprints import Footprint
from calibrate.context.run_context import Ground
from calibrate.core.tensors import Tensors
from calibrate.report.schema import Performance
from calibrate.runtime.benchmark import Timing, compare
from calibrate.store.base import Content

SECONDS = 4.0
"""About how long the side-by-side timing of three models takes."""


def timed(ground: Ground, models: Mapping[str, ov.Model]) -> dict[str, Timing]:
    """Time models in turn, on real inputs.

    Args:
        ground: for the inputs, the ledger and the memory.
        models: by name, the first is what ratios are taken against; one model under two names
            is timed once.
    """
    distinct: dict[int, str] = {}
    for name, model in models.items():
        distinct.setdefault(id(model), name)
    chosen = {name: models[name] for name in distinct.values()}
    ground.progress.stage("Timing side by side")
    digests = {name: ground.memory.digest(model) for name, model in chosen.items()}
    with ground.costs.stage("timing"):
        few = _few(ground.images.tensors)

        def time() -> Content:
            found = compare(chosen, few, ground.costs, seconds=SECONDS)
            return {"timings": {name: asdict(timing) for name, timing in found.items()}}

        content = ground.memory.once("timing", digests, time, timed=True)["timings"]
    timings = {
        name: Timing(**{**timing, "ratios": tuple(timing["ratios"])})
        for name, timing in content.items()
    }
    return {name: timings[distinct[id(model)]] for name, model in models.items()}


def performance(timing: Timing, footprint: Footprint) -> Performance:
    """What is reported of a model.

    Args:
        timing: side by side with others.
        footprint: of the same model.
    """
    return Performance(
        latency_ms=timing.latency_ms,
        latency_low_ms=timing.latency_low_ms,
        latency_high_ms=timing.latency_high_ms,
        throughput=timing.throughput,
        speedup=timing.speedup,
        file_bytes=footprint.files,
        peak_memory_bytes=footprint.peak,
    )


def _few(tensors: Tensors) -> Tensors:
    """The first samples alone, so that no file is read while the clock runs."""
    count = min(32, len(tensors))
    return Tensors(
        tuple(array[:count].copy() for array in tensors.inputs),
        tensors.facts[:count],
        tensors.digests[:count],
    )
