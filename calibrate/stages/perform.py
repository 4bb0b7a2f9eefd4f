"""What the models are worth: time and memory, side by side."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import openvino as ov

from calibrate.contracts.journal import Content
from calibrate.contracts.tensors import Tensors
from calibrate.evaluate.footprint import peak_memory
from calibrate.evaluate.timing import Timing, compare
from calibrate.model.write import write_model
from calibrate.report.record import Performance
from calibrate.stages.ground import Ground
from calibrate.stages.inspect import file_bytes

SECONDS = 4.0
"""About how long the side-by-side timing of three models takes."""


def measure(ground: Ground, models: Mapping[str, ov.Model], work: Path) -> dict[str, Performance]:
    """Time models in turn and measure each one's file and memory.

    Args:
        ground: for real inputs and costs.
        models: by name, the first is what ratios are taken against; one model under two names
            is measured once.
        work: folder for the files of models that are not the result.
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

        timed = ground.memory.once("timing", digests, time, timed=True)["timings"]
        timings = {
            name: Timing(**{**timing, "ratios": tuple(timing["ratios"])})
            for name, timing in timed.items()
        }
    with ground.costs.stage("memory"):
        footprints = ground.memory.once(
            "footprint", digests, lambda: _footprints(chosen, work), timed=True
        )
    measured = {
        name: performance(timing, footprints["files"][name], footprints["peaks"][name])
        for name, timing in timings.items()
    }
    return {name: measured[distinct[id(model)]] for name, model in models.items()}


def performance(timing: Timing, size: int, peak: int) -> Performance:
    """What is reported of a model.

    Args:
        timing: side by side with others.
        size: of its files, bytes.
        peak: memory of a process that runs it, bytes.
    """
    return Performance(
        latency_ms=timing.latency_ms,
        latency_low_ms=timing.latency_low_ms,
        latency_high_ms=timing.latency_high_ms,
        throughput=timing.throughput,
        speedup=timing.speedup,
        file_bytes=size,
        peak_memory_bytes=peak,
    )


def _footprints(models: Mapping[str, ov.Model], work: Path) -> Content:
    """Bytes of each model's files and of a process that runs it."""
    paths = {name: work / f"{name}.xml" for name in models}
    for name, path in paths.items():
        write_model(models[name], path)
    with ThreadPoolExecutor(max_workers=2) as pool:
        peaks = dict(zip(paths, pool.map(peak_memory, paths.values()), strict=True))
    return {"files": {name: file_bytes(path) for name, path in paths.items()}, "peaks": peaks}


def _few(tensors: Tensors) -> Tensors:
    """The first samples alone, so that no memory-mapped file is read while the clock runs."""
    count = min(32, len(tensors))
    return Tensors(
        tuple(array[:count].copy() for array in tensors.inputs),
        tensors.facts[:count],
        tensors.digests[:count],
    )
