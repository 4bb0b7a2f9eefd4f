"""The precision at which the CPU plugin runs each group, and reasons for deviations."""

from collections.abc import Sequence

from calibrate.core.operations import EXECUTED_WEIGHTED
from calibrate.core.precision import Candidate, Group, Precision
from calibrate.report.search_section import ExecutionFacts
from calibrate.runtime.profiling import Executed

_INTEGERS = ("i8", "u8")


def execution_facts(
    groups: Sequence[Group], candidate: Candidate, executed: Sequence[Executed]
) -> dict[str, ExecutionFacts]:
    """Return the executed precision of each group by name.

    Args:
        groups: groups in network order.
        candidate: their chosen precisions.
        executed: nodes of the candidate's model as the plugin runs it.
    """
    return {
        group.name: _facts(group, precision, executed)
        for group, precision in zip(groups, candidate, strict=True)
    }


def _facts(group: Group, chosen: Precision, executed: Sequence[Executed]) -> ExecutionFacts:
    operations = set(group.operations)
    nodes = [node for node in executed if not operations.isdisjoint(node.names)]
    weighted = [node for node in nodes if node.kind in EXECUTED_WEIGHTED]
    types = sorted({_type(node) for node in weighted or nodes})
    ran = "+".join(types)
    if not nodes:
        return ExecutionFacts(precision="", reason="fused away or folded by the plugin")
    if types == [chosen.compute_type]:
        return ExecutionFacts(precision=ran)
    other = next(node for node in weighted or nodes if _type(node) != chosen.compute_type)
    return ExecutionFacts(precision=ran, reason=_reason(group, chosen, other))


def _type(node: Executed) -> str:
    return "i8" if node.precision in _INTEGERS else node.precision


def _reason(group: Group, chosen: Precision, node: Executed) -> str:
    """Describe why a node does not run as chosen, as far as the executed model shows the reason."""
    kernel = f"{node.kind} by {node.primitive}" if node.primitive else node.kind
    if not chosen.is_float:
        if node.kind in EXECUTED_WEIGHTED:
            return f"the plugin does not run this pattern in INT8: {kernel}"
        return f"no INT8 kernel of the plugin: {kernel}"
    if _type(node) == "i8":
        return f"the plugin runs it in INT8, since its input is quantized: {kernel}"
    if chosen.compute_type == "f32" and len(group.precisions) > 1:
        return f"the plugin does not keep the mark for FP32: {kernel}"
    return f"the plugin's choice: {kernel}"
