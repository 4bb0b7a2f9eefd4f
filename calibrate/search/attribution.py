"""Whose time it is: the time of executed nodes, shared out to the groups."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from calibrate.contracts.candidate import FP32, Group, Precision
from calibrate.contracts.trial import GroupTimes


class ExecutedNode(Protocol):
    """What a profile says of one executed node."""

    @property
    def names(self) -> tuple[str, ...]:
        """Operations of the model that were fused into it."""
        ...

    @property
    def microseconds(self) -> float:
        """Its time in one inference."""
        ...

    @property
    def name(self) -> str:
        """Its own name."""
        ...

    @property
    def producers(self) -> tuple[str, ...]:
        """Names of the nodes that feed it."""
        ...


def group_times(
    groups: Sequence[Group], profiles: Mapping[Precision, Sequence[ExecutedNode]]
) -> GroupTimes:
    """Microseconds of each group at each precision.

    A node belongs to the group of any operation or quantizer that was fused into it; a node of
    no group (a reorder, a standalone quantizer) to the group of the first node it feeds, since
    it is there for that one's sake.

    Args:
        groups: in network order.
        profiles: by precision, of the model with every group at it.
    """
    times: list[dict[Precision, float]] = [{} for _ in groups]
    for precision, nodes in profiles.items():
        sums = _sums(groups, nodes)
        for index in range(len(groups)):
            times[index][precision] = sums[index]
    return times


def group_bytes(groups: Sequence[Group], weights: Mapping[str, int]) -> GroupTimes:
    """Bytes of each group's weights at each precision: 4 a weight in FP32, 1 in INT8."""
    return [
        {
            precision: sum(weights.get(name, 0) for name in group.operations)
            * (4.0 if precision == FP32 else 1.0)
            for precision in group.precisions
        }
        for group in groups
    ]


def _sums(groups: Sequence[Group], nodes: Sequence[ExecutedNode]) -> list[float]:
    operations = {name: i for i, group in enumerate(groups) for name in group.operations}
    quantizers = {name: i for i, group in enumerate(groups) for name in group.quantizers}
    owner: dict[str, int] = {}
    for node in nodes:
        # Operations decide before quantizers: a convolution that had the next group's quantizer
        # fused into it is still its own group's.
        for known in (operations, quantizers):
            found = next((known[name] for name in node.names if name in known), None)
            if found is not None:
                owner[node.name] = found
                break
    for node in reversed(nodes):
        if node.name not in owner:
            fed = next((n.name for n in nodes if node.name in n.producers), None)
            if fed in owner:
                owner[node.name] = owner[fed]
    sums = [0.0] * len(groups)
    for node in nodes:
        if node.name in owner:
            sums[owner[node.name]] += node.microseconds
    return sums
