"""Hold the answer against the clock: what is slower than FP32 is no answer."""

from collections.abc import Mapping, Sequence

import openvino as ov

from calibrate.context.run_context import RunContext
from calibrate.core.precision import FP32, Candidate
from calibrate.runtime.benchmark import Timing
from calibrate.runtime.profiling import Executed
from calibrate.search.acceptance import AcceptanceRound, judge_on_acceptance
from calibrate.search.mixed_precision import MixedPrecisionSearch, Proposal

_NAMED = 3


def enforce_speed(
    searches: Sequence[MixedPrecisionSearch],
    answer: AcceptanceRound,
    timings: Mapping[str, Timing],
    result: ov.Model,
) -> tuple[AcceptanceRound, str]:
    """The answer, or FP32 where the answer does not pay, with the reason.

    For `objective: size` a smaller model may be slower; it is told, not refused.

    Args:
        searches: of this run, one a fold.
        answer: what the acceptance images judged.
        timings: of `fp32` and `result`, interleaved.
        result: the answer's model.

    Returns:
        What is written, and a note for the report, empty where there is nothing to tell.
    """
    context = searches[0].context
    objective = context.resolved.config.search.objective
    measured = timings["result"]
    ratio = (
        measured.throughput / timings["fp32"].throughput
        if objective == "throughput"
        else measured.speedup
    )
    if answer.candidate.is_fp32 or ratio >= 1:
        return answer, ""
    reason = _slowest(context, result)
    if objective == "size":
        return answer, f"The result is smaller, and runs at {ratio:.2f} of FP32's speed; {reason}."
    everything = Candidate.uniform(searches[0].variant_store.groups, FP32)
    fp32 = judge_on_acceptance(searches, [Proposal(everything, None, 0.0)] * len(searches))
    note = (
        f"INT8 does not pay on this CPU: {ratio:.2f} of FP32's speed, so the answer is FP32; "
        f"{reason}."
    )
    return fp32, note


def _slowest(context: RunContext, result: ov.Model) -> str:
    """Where the result loses its time, by the plugin's counters."""
    tensors, costs = context.images.tensors, context.costs
    before = _by_name(context.store.profile(context.prepared.model, tensors, costs))
    after = context.store.profile(result, tensors, costs)
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
