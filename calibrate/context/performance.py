"""How fast the models of a run are, side by side."""

from collections.abc import Mapping
from dataclasses import asdict

import openvino as ov

from calibrate.context.run_context import RunContext
from calibrate.core.tensors import Tensors
from calibrate.runtime.benchmark import Timing, compare
from calibrate.store.base import Content

SECONDS = 4.0
"""About how long the side-by-side timing of three models takes."""


def time_models(context: RunContext, models: Mapping[str, ov.Model]) -> dict[str, Timing]:
    """Time models in turn, on real inputs.

    Args:
        context: for the inputs, the ledger and the memory.
        models: by name, the first is what ratios are taken against; one model under two names
            is timed once.
    """
    distinct: dict[int, str] = {}
    for name, model in models.items():
        distinct.setdefault(id(model), name)
    chosen = {name: models[name] for name in distinct.values()}
    context.progress.stage("Timing side by side")
    digests = {name: context.store.digest(model) for name, model in chosen.items()}
    with context.costs.stage("timing"):
        few = _few(context.images.tensors)

        def time() -> Content:
            found = compare(chosen, few, context.costs, seconds=SECONDS)
            return {"timings": {name: asdict(timing) for name, timing in found.items()}}

        content = context.store.get_or_compute("timing", digests, time, timed=True)["timings"]
    timings = {
        name: Timing(**{**timing, "ratios": tuple(timing["ratios"])})
        for name, timing in content.items()
    }
    return {name: timings[distinct[id(model)]] for name, model in models.items()}


def _few(tensors: Tensors) -> Tensors:
    """The first samples alone, so that no file is read while the clock runs."""
    count = min(32, len(tensors))
    return Tensors(
        tuple(array[:count].copy() for array in tensors.inputs),
        tensors.facts[:count],
        tensors.digests[:count],
        batch_axes=tensors.batch_axes,
    )
