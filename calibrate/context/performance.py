"""Time the models of a run side by side, each at its deployed precision."""

from collections.abc import Mapping
from dataclasses import asdict

import openvino as ov

from calibrate.context.measurement_store import TIMED_SAMPLES, MeasurementStore
from calibrate.core.precision import ComputeType
from calibrate.core.stage import Stage
from calibrate.core.tensors import Tensors
from calibrate.runtime.benchmark import Comparison, Settings, Timing
from calibrate.runtime.machine_load import Conditions
from calibrate.runtime.timing_effort import Effort
from calibrate.store.base import Content

SECONDS = 4.0
"""About how long the side-by-side timing of three models takes on a quiet machine."""


def timing_effort(models: int) -> Effort:
    """Return how long so many models are timed side by side."""
    return Effort(SECONDS * models / 3)


def time_models(
    store: MeasurementStore,
    tensors: Tensors,
    models: Mapping[str, ov.Model],
    *,
    types: Mapping[str, ComputeType],
) -> Comparison:
    """Time models in turn, on real inputs.

    Args:
        store: recalls times and keeps them; has the ledger.
        tensors: samples, of which the first are the inputs.
        models: models by name; ratios are taken against the first. A model under two names is
            timed once.
        types: compute type of each model's floating point.
    """
    same: dict[tuple[int, ComputeType], str] = {}
    for name, model in models.items():
        same.setdefault((id(model), types[name]), name)
    chosen = {name: models[name] for name in same.values()}
    store.progress.stage("Timing side by side")
    digests = {name: f"{types[name]} {store.digest(model)}" for name, model in chosen.items()}
    with store.costs.stage(Stage.TIMING):
        samples = tensors.first(TIMED_SAMPLES)

        def time() -> Content:
            settings = Settings(types={name: types[name] for name in chosen})
            effort = timing_effort(len(chosen))
            timer = store.backend.timer
            comparison = timer.compare(
                chosen, samples, store.costs, effort=effort, settings=settings
            )
            return {
                "timings": {name: asdict(timing) for name, timing in comparison.timings.items()},
                "conditions": asdict(comparison.conditions),
                "disturbed": comparison.conditions.disturbed,
            }

        content = store.get_or_compute("timing", digests, time, timed=True)
    timings = {
        name: Timing(**{**timing, "ratios": tuple(timing["ratios"])})
        for name, timing in content["timings"].items()
    }
    return Comparison(
        {name: timings[same[id(model), types[name]]] for name, model in models.items()},
        Conditions(**content["conditions"]),
    )
