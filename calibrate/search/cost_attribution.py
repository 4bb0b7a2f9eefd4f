"""Whose time it is: the time of executed nodes, shared out to groups and to their boundaries."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

from calibrate.core.evaluator import Crossing, GroupCosts, GroupTimes
from calibrate.core.precision import Candidate, Group, Precision

Edge = tuple[int, int]


class ExecutedNode(Protocol):
    """What a profile says of one executed node."""

    @property
    def name(self) -> str:
        """Its own name."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Operations of the model that were fused into it."""
        ...

    @property
    def microseconds(self) -> float:
        """Its time in one inference."""
        ...

    @property
    def producers(self) -> tuple[str, ...]:
        """Names of the nodes that feed it."""
        ...


Profile = Sequence[ExecutedNode]


def group_times(groups: Sequence[Group], profile: Profile) -> list[float]:
    """Microseconds of each group in one profiled model.

    A node belongs to the group of any operation or quantizer that was fused into it; a node of
    no group (a reorder, a standalone quantizer) to the group of the first node it feeds, since
    it is there for that one's sake.
    """
    owners = _owners(groups, profile)
    sums = [0.0] * len(groups)
    for node in profile:
        if node.name in owners:
            sums[owners[node.name]] += node.microseconds
    return sums


def neighbours(groups: Sequence[Group], profile: Profile) -> tuple[Edge, ...]:
    """Pairs of groups of which one feeds the other, lower index first, ascending."""
    owners = _owners(groups, profile)
    edges: set[Edge] = set()
    for node in profile:
        own = owners.get(node.name)
        for producer in node.producers:
            other = owners.get(producer)
            if own is not None and other is not None and own != other:
                edges.add((min(own, other), max(own, other)))
    return tuple(sorted(edges))


def checkerboards(
    groups: Sequence[Group], edges: Sequence[Edge], pair: tuple[Precision, Precision]
) -> tuple[Candidate, Candidate]:
    """Two candidates of two precisions in which neighbours differ wherever two colours suffice.

    With the two uniform ones they show what a boundary between the precisions costs. A group that
    cannot be at a precision is at its nearest (`Candidate.uniform`).
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
    """Prices of groups from uniform profiles and of boundaries from mixed ones.

    What a group takes longer among neighbours of another type is shared out evenly to its
    boundaries; a boundary between two types costs the mean over the mixed profiles in which it was
    one.

    Args:
        groups: in network order.
        uniform: by precision, the profile with every group at it, or at its nearest.
        mixed: by candidate.
        edges: neighbouring groups.
    """
    alone = {precision: group_times(groups, profile) for precision, profile in uniform.items()}
    times: GroupTimes = [
        {precision: alone[precision][index] for precision in group.precisions if precision in alone}
        for index, group in enumerate(groups)
    ]
    measured: dict[Edge, dict[Crossing, list[float]]] = {edge: {} for edge in edges}
    for candidate, profile in mixed.items():
        among = group_times(groups, profile)
        crossed = [edge for edge in edges if len(_types(candidate, edge)) == 2]
        degree = [sum(index in edge for edge in crossed) for index in range(len(groups))]
        for edge in crossed:
            extra = [
                (among[index] - times[index][candidate.precisions[index]]) / degree[index]
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
    """Two colours such that neighbours differ; where that cannot be, who comes first decides.

    Spread from neighbour to neighbour, since groups are not numbered along every branch.
    """
    beside: list[list[int]] = [[] for _ in range(count)]
    for first, second in edges:
        beside[first].append(second)
        beside[second].append(first)
    colours = [-1] * count
    for start in range(count):
        if colours[start] >= 0:
            continue
        colours[start] = 0
        reached = deque([start])
        while reached:
            here = reached.popleft()
            for there in beside[here]:
                if colours[there] < 0:
                    colours[there] = 1 - colours[here]
                    reached.append(there)
    return colours


def _owners(groups: Sequence[Group], profile: Profile) -> dict[str, int]:
    """The group of each executed node that has one."""
    operations = {name: i for i, group in enumerate(groups) for name in group.operations}
    quantizers = {name: i for i, group in enumerate(groups) for name in group.quantizers}
    owners: dict[str, int] = {}
    for node in profile:
        # Operations decide before quantizers: a convolution that had the next group's quantizer
        # fused into it is still its own group's.
        for known in (operations, quantizers):
            found = next((known[name] for name in node.names if name in known), None)
            if found is not None:
                owners[node.name] = found
                break
    consumers: dict[str, str] = {}
    for node in profile:
        for producer in node.producers:
            consumers.setdefault(producer, node.name)
    for node in reversed(profile):
        fed = consumers.get(node.name)
        if node.name not in owners and fed in owners:
            owners[node.name] = owners[fed]
    return owners
