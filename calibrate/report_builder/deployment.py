"""Build the report's records of how fast each model is, and how the result is deployed."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from calibrate.context.footprints import Footprint
from calibrate.core.precision import Group
from calibrate.models.readers.registry import is_function
from calibrate.quantization.pinning import unpinned
from calibrate.report.performance_section import DeploymentFacts, Performance, TimingMachineFacts
from calibrate.report_builder.outcome import SearchOutcome
from calibrate.report_builder.performance import performance
from calibrate.runtime.inference_precision import plugin_default
from calibrate.runtime.memory_footprint import file_bytes
from calibrate.runtime.profiling import executed_nodes
from calibrate.search.speed_check import FLOAT
from calibrate.search.timed_answer import FP32_MODEL, RESULT


def performances(
    outcome: SearchOutcome, footprints: Mapping[str, Footprint], written: str | None = None
) -> dict[str, Performance]:
    """Return times and sizes of the shown models; None for sizes that were not measured.

    Args:
        outcome: outcome of the search.
        footprints: footprints by the model's name.
        written: the result's .xml file, which holds the certificate too.
    """
    timed = outcome.timed
    measured = {
        name: performance(
            timed.timings[name],
            footprints.get(name),
            timed.types[name],
            deployed_float=timed.timings.get(FLOAT),
        )
        for name in timed.shown
    }
    config = outcome.mixed_precision_search.context.config
    source = config.model.path
    if footprints and not is_function(source):
        # A model may be stored smaller than the IR of its FP32 weights, as FP16 or integers.
        fp32 = measured[FP32_MODEL].model_copy(update={"file_bytes": file_bytes(source)})
        measured[FP32_MODEL] = fp32
    if footprints and written is not None:
        result = measured[RESULT].model_copy(update={"file_bytes": file_bytes(Path(written))})
        measured[RESULT] = result
    return measured


def deployment_facts(outcome: SearchOutcome) -> DeploymentFacts:
    """Return how to run the answer as it was evaluated."""
    search = outcome.mixed_precision_search
    candidate, deployed = outcome.answer.candidate, search.context.baseline.deployed
    left = unpinned(search.variant_store.groups, candidate, outcome.executed)
    if candidate.is_fp32 and deployed.compute_type != "f32" and not left:
        left = _unpinned_with_one_thread(outcome)
    # An FP32 model that the plugin does not keep in FP32 by its marks needs the hint.
    compute_type = "f32" if candidate.is_fp32 and left else deployed.compute_type
    needed = compute_type != plugin_default()
    conditions = outcome.timed.conditions
    machine = search.context.store.timing_machine
    return DeploymentFacts(
        inference_precision=compute_type,
        properties={"INFERENCE_PRECISION_HINT": compute_type} if needed else {},
        not_pinned=tuple(group.name for group in left),
        others=conditions.others,
        drift=conditions.drift,
        timed=conditions.date,
        timing_machine=machine and TimingMachineFacts(**asdict(machine)),
    )


def _unpinned_with_one_thread(outcome: SearchOutcome) -> tuple[Group, ...]:
    """Return the groups that leave FP32 where the plugin has one thread and fuses more."""
    search = outcome.mixed_precision_search
    context = search.context
    nodes = executed_nodes(
        outcome.timed.models[RESULT],
        context.costs,
        context.baseline.deployed.compute_type,
        threads=1,
    )
    return unpinned(search.variant_store.groups, outcome.answer.candidate, nodes)
