"""Hold the answer against the clock: what is slower than FP32 is no answer."""

from collections.abc import Mapping, Sequence

import openvino as ov

from calibrate.context.run_context import Ground
from calibrate.core.precision import FP32, Candidate
from calibrate.runtime.benchmark import Timing
from calibrate.runtime.profiling import Executed
from calibrate.search.acceptance import Judged, judge
from calibrate.search.mixed_precision import Proposal, Solver

_NAMED = 3


def settle(
    solvers: Sequence[Solver],
    answer: Judged,
    timings: Mapping[str, Timing],
    result: ov.Model,
) -> tuple[Judged, str]:
    """The answer, or FP32 where the answer does not pay, with the reason.

    For `objective: size` a smaller model may be slower; it is told, not refused.

    Args:
        solvers: of this run, one a fold.
        answer: what the acceptance images judged.
        timings: of `fp32` and `result`, interleaved.
        result: the answer's model.

    Returns:
        What is written, and a note for the report, empty where there is nothing to tell.
    """
    ground = solvers[0].ground
    objective = ground.resolved.config.search.objective
    measured = timings["result"]
    ratio = (
        measured.throughput / timings["fp32"].throughput
        if objective == "throughput"
        else measured.speedup
    )
    if set(answer.candidate) == {FP32} or ratio >= 1:
        return answer, ""
    reason = _slowest(ground, result)
    if objective == "size":
        return answer, f"The result is smaller, and runs at {ratio:.2f} of FP32's speed; {reason}."
    everything = Candidate.uniform(solvers[0].workshop.groups, FP32)
    fp32 = judge(solvers, [Proposal(everything, None, 0.0)] * len(solvers))
    note = (
        f"INT8 does not pay on this CPU: {ratio:.2f} of FP32's speed, so the answer is FP32; "
        f"{reason}."
    )
    return fp32, note


def _slowest(ground: Ground, result: ov.Model) -> str:
    """Where the result loses its time, by the plugin's counters."""
    tensors, costs = ground.images.tensors, ground.costs
    before = _by_name(ground.memory.profile(ground.prepared.model, tensors, costs))
    after = ground.memory.profile(result, tensors, costs)
    lost = [
        (node.microseconds - sum(before.get(name, 0.0) for name in node.names), node)
        for node in after
    ]
    worst = sorted((pair for pair in lost if pair[0] > 0), key=lambda pair: -pair[0])[:_NAMED]
    if not worst:
        return "no single layer is to blame, the differences are within the noise of the counters"
    told = ", ".join(f"{node.name} ({node.kind}, +{extra:.0f} µs)" for extra, node in worst)
    return f"it is slower in {told}"


def _by_name(nodes: tuple[Executed, ...]) -> dict[str, float]:
    return {name: node.microseconds for node in nodes for name in node.names[:1]}
