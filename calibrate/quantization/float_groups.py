"""Groups without quantizers: operations in the deployment's reduced floating point, or in FP32.

If the CPU plugin computes in BF16 or FP16, a group of quantized operations may fall back to that
type or to FP32. Operations between the groups run in it too: sums, resizes, ignored layers. They
form groups as well, since each of them may be kept in FP32.
"""

from collections.abc import Sequence
from dataclasses import replace

from calibrate.core.precision import FP32, Group, Precision
from calibrate.runtime.profiling import Executed


def with_reduced_float(
    groups: Sequence[Group], reduced: Precision, executed: Sequence[Executed]
) -> tuple[Group, ...]:
    """Add reduced floating point to the choices of groups, and groups of other operations in it.

    Args:
        groups: in network order.
        reduced: BF16 or FP16.
        executed: nodes of the floating-point model as the plugin runs it at that precision.

    Returns:
        The groups in network order; a group without quantizers contains connected operations.
    """
    offered = [
        replace(group, precisions=(*(p for p in group.precisions if p != FP32), reduced, FP32))
        for group in groups
    ]
    grouped = {name for group in groups for name in (*group.operations, *group.quantizers)}
    free = [
        node
        for node in executed
        if node.precision == reduced.compute_type and node.names and not grouped & set(node.names)
    ]
    position = {name: i for i, node in enumerate(executed) for name in node.names}
    added = [
        Group(nodes[0].names[0], tuple(name for node in nodes for name in node.names), (), choices)
        for nodes in _together(free)
        for choices in [(reduced, FP32)]
    ]
    return tuple(
        sorted(
            (*offered, *added),
            key=lambda group: min((position.get(name, 0) for name in group.operations), default=0),
        )
    )


def _together(nodes: Sequence[Executed]) -> list[list[Executed]]:
    """Return the connected components of nodes, each in execution order."""
    component: dict[str, int] = {}
    for number, node in enumerate(nodes):
        fed_by = {component[name] for name in node.producers if name in component}
        component[node.name] = min(fed_by, default=number)
        for name, other in component.items():
            if other in fed_by:
                component[name] = component[node.name]
    numbers = list(dict.fromkeys(component[node.name] for node in nodes))
    return [[node for node in nodes if component[node.name] == number] for number in numbers]
