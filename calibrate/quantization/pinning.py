"""Keep groups in FP32 where the CPU plugin would compute in BF16 or FP16.

The plugin fuses operations, and keeps a fused node in FP32 only if all of its operations are
marked. The fused nodes and their actual precision are read from the compiled model.
"""

from collections.abc import Sequence

import openvino as ov

from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, Candidate, ComputeType, Group
from calibrate.models.pins import with_pins
from calibrate.runtime.profiling import Executed, executed_nodes


def pin_floats(
    model: ov.Model,
    groups: Sequence[Group],
    candidate: Candidate,
    deployed: ComputeType,
    costs: Costs,
) -> ov.Model:
    """Return the model of a candidate with its FP32 groups pinned to FP32.

    Args:
        model: composed, weights stored as they will be written; left unchanged.
        groups: of the model.
        candidate: their precisions.
        deployed: the floating point of the deployment; for `f32` nothing has to be pinned.
        costs: where the compilation is counted.
    """
    pinned = [group for group, p in zip(groups, candidate, strict=True) if p == FP32]
    if deployed == "f32" or not pinned:
        return model
    wanted = {name for group in pinned for name in group.operations}
    nodes = executed_nodes(model, costs, deployed)
    fused = {name for node in nodes if wanted & set(node.names) for name in node.names}
    return with_pins(model, fused | wanted)


def unpinned(
    groups: Sequence[Group], candidate: Candidate, executed: Sequence[Executed]
) -> tuple[Group, ...]:
    """Return FP32 groups of which some operation still runs in reduced floating point.

    Args:
        groups: in network order.
        candidate: their intended precisions.
        executed: nodes of the candidate's model as the plugin runs it.
    """
    reduced = {
        name for node in executed if node.precision in ("bf16", "f16") for name in node.names
    }
    return tuple(
        group
        for group, precision in zip(groups, candidate, strict=True)
        if precision == FP32 and reduced.intersection(group.operations)
    )
