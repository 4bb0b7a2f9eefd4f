"""What the models are worth: time and memory, side by side."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openvino as ov

from calibrate.contracts.tensors import Tensors
from calibrate.evaluate.footprint import peak_memory
from calibrate.evaluate.timing import compare
from calibrate.model.write import write_model
from calibrate.report.record import Performance
from calibrate.stages.ground import Ground

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
    with ground.costs.stage("timing"):
        timings = compare(chosen, _few(ground.images.tensors), ground.costs, seconds=SECONDS)
    with ground.costs.stage("memory"):
        paths = {name: work / f"{name}.xml" for name in chosen}
        for name, path in paths.items():
            write_model(chosen[name], path)
        with ThreadPoolExecutor(max_workers=2) as pool:
            peaks = dict(zip(paths, pool.map(peak_memory, paths.values()), strict=True))
    measured = {
        name: Performance(
            latency_ms=timing.latency_ms,
            latency_low_ms=timing.latency_low_ms,
            latency_high_ms=timing.latency_high_ms,
            throughput=timing.throughput,
            speedup=timing.speedup,
            file_bytes=_bytes(paths[name]),
            peak_memory_bytes=peaks[name],
        )
        for name, timing in timings.items()
    }
    return {name: measured[distinct[id(model)]] for name, model in models.items()}


def _few(tensors: Tensors) -> Tensors:
    """The first samples alone, so that no memory-mapped file is read while the clock runs."""
    count = min(32, len(tensors))
    return Tensors(
        tuple(array[:count].copy() for array in tensors.inputs),
        tensors.facts[:count],
        tensors.digests[:count],
    )


def _bytes(path: Path) -> int:
    return path.stat().st_size + path.with_suffix(".bin").stat().st_size
