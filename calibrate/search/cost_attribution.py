"""Attribute the time of executed nodes to groups and to the boundaries between them."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

from calibrate.core.evaluator import Crossing, GroupCosts, GroupTimes
from calibrate.core.precision import Candidate, Group, Precision

Edge = tuple[int, int]


class ExecutedNode(Protocol):
    """The profile of one executed node."""

    @property
    def name(self) -> str:
        """The node's name."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Operations of the model that were fused into the node."""
        ...

    @property
    def microseconds(self) -> float:
        """The node's time in one inference."""
        ...

    @property
    def producers(self) -> tuple[str, ...]:
        """Names of the nodes that feed this one."""
        ...


Profile = Sequence[ExecutedNode]


def group_times(groups: Sequence[Group], profile: Profile) -> list[float]:
    """Return the microseconds of each group in one profiled model.

    A node belongs to the group of any operation or quantizer that was fused into it. A node of no
    group (a reorder, a standalone quantizer) belongs to the group of the first node that it feeds,
    which needs it.
    """
    owners = _owners(groups, profile)
    sums = [0.0] * len(groups)
    for node in profile:
        if node.name in owners:
            sums[owners[node.name]] += node.microseconds
    return sums


def neighbours(groups: Sequence[Group], profile: Profile) -> tuple[Edge, ...]:
    """Return pairs of groups of which one feeds the other, lower index first, ascending."""
    owners = _owners(groups, profile)
    edges: set[Edge] = set()
    for node in profile:
        consumer = owners.get(node.name)
        for producer in node.producers:
            other = owners.get(producer)
            if consumer is not None and other is not None and consumer != other:
                edges.add((min(consumer, other), max(consumer, other)))
    return tuple(sorted(edges))


def checkerboards(
    groups: Sequence[Group], edges: Sequence[Edge], pair: tuple[Precision, Precision]
) -> tuple[Candidate, Candidate]:
    """Return two candidates of two precisions in which neighbours differ where two colours suffice.

    Compared with the two uniform candidates they show the cost of a boundary between the
    precisions. A group without a precision is at its nearest (`Candidate.uniform`).
    """
    colours = _colours(len(groups), edges)
    first, second = (Candidate.uniform(groups, precision).precisions for precision in pair)
    return (
        Candidate(tuple(b if c else a for a, b, c in zip(first, second, colours, strict=True))),
        Candidate(tuple(a if c else b for a, b, c in zip(first, second, colours, strict=True))),
    )


def attribute_costs(
    groups: Sequence[Group],
    uniform: Mapping[Precision, Profile],
    mixed: Mapping[Candidate, Profile],
    edges: Sequence[Edge],
) -> GroupCosts:
    """Compute the costs of groups from uniform profiles and of boundaries from mixed ones.

    The extra time of a group among neighbours of another type is divided evenly among its
    boundaries. A boundary between two types costs the mean over the mixed profiles that contain it.

    Args:
        groups: groups in network order.
        uniform: profiles with every group at one precision, or at its nearest, by this precision.
        mixed: profiles by candidate.
        edges: neighbouring groups.
    """
    alone = {precision: group_times(groups, profile) for precision, profile in uniform.items()}
    times: GroupTimes = [
        {precision: alone[precision][index] for precision in group.precisions if precision in alone}
        for index, group in enumerate(groups)
    ]
    measured: dict[Edge, dict[Crossing, list[float]]] = {edge: {} for edge in edges}
    for candidate, profile in mixed.items():
        mixed_times = group_times(groups, profile)
        crossed = [edge for edge in edges if len(_types(candidate, edge)) == 2]
        degree = [sum(index in edge for edge in crossed) for index in range(len(groups))]
        for edge in crossed:
            extra = [
                (mixed_times[index] - times[index][candidate.precisions[index]]) / degree[index]
                for index in edge
            ]
            measured[edge].setdefault(_types(candidate, edge), []).append(sum(extra))
    boundaries = {
        edge: {types: max(0.0, sum(values) / len(values)) for types, values in by_types.items()}
        for edge, by_types in measured.items()
        if by_types
    }
    return GroupCosts(times, boundaries)


def _types(candidate: Candidate, edge: Edge) -> Crossing:
    return frozenset(candidate.precisions[index].compute_type for index in edge)


def _colours(count: int, edges: Sequence[Edge]) -> list[int]:
    """Two-colour the groups so that neighbours differ; in odd cycles the first visit decides.

    Breadth first, since indices do not follow every branch.
    """
    adjacent: list[list[int]] = [[] for _ in range(count)]
    for first, second in edges:
        adjacent[first].append(second)
        adjacent[second].append(first)
    colours = [-1] * count
    for start in range(count):
        if colours[start] >= 0:
            continue
        colours[start] = 0
        reached = deque([start])
        while reached:
            group = reached.popleft()
            for neighbour in adjacent[group]:
                if colours[neighbour] < 0:
                    colours[neighbour] = 1 - colours[group]
                    reached.append(neighbour)
    return colours


def _owners(groups: Sequence[Group], profile: Profile) -> dict[str, int]:
    """Return the group of each executed node that has one."""
    operations = {name: i for i, group in enumerate(groups) for name in group.operations}
    quantizers = {name: i for i, group in enumerate(groups) for name in group.quantizers}
    owners: dict[str, int] = {}
    for node in profile:
        # Operations decide before quantizers: a convolution with the next group's quantizer
        # fused into it still belongs to its own group.
        for group_of in (operations, quantizers):
            group = next((group_of[name] for name in node.names if name in group_of), None)
            if group is not None:
                owners[node.name] = group
                break
    consumers: dict[str, str] = {}
    for node in profile:
        for producer in node.producers:
            consumers.setdefault(producer, node.name)
    for node in reversed(profile):
        consumer = consumers.get(node.name)
        if node.name not in owners and consumer in owners:
            owners[node.name] = owners[consumer]
    return owners
