"""Whose time it is: the time of executed nodes, shared out to groups and to their boundaries."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

from calibrate.core.evaluator import GroupCosts, GroupTimes
from calibrate.core.precision import FP32, Candidate, Group, Precision

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
    groups: Sequence[Group], edges: Sequence[Edge], precision: Precision
) -> tuple[Candidate, Candidate]:
    """Two candidates in which neighbours differ wherever two colours suffice.

    With the two uniform ones they show what a boundary between precisions costs.
    """
    colours = _colours(len(groups), edges)
    return (
        Candidate(tuple(FP32 if colour else precision for colour in colours)),
        Candidate(tuple(precision if colour else FP32 for colour in colours)),
    )


def attribute_costs(
    groups: Sequence[Group],
    uniform: Mapping[Precision, Profile],
    mixed: Mapping[Candidate, Profile],
    edges: Sequence[Edge],
) -> GroupCosts:
    """Prices of groups from uniform profiles and of boundaries from mixed ones.

    What a group takes longer among neighbours of the other precision is shared out evenly to
    its boundaries; a boundary costs the mean over the mixed profiles in which it was one.

    Args:
        groups: in network order.
        uniform: by precision, the profile with every group at it.
        mixed: by candidate.
        edges: neighbouring groups.
    """
    alone = {precision: group_times(groups, profile) for precision, profile in uniform.items()}
    times: GroupTimes = [
        {precision: alone[precision][index] for precision in alone} for index in range(len(groups))
    ]
    found: dict[Edge, list[float]] = {edge: [] for edge in edges}
    for candidate, profile in mixed.items():
        among = group_times(groups, profile)
        crossed = [edge for edge in edges if _differ(candidate, edge)]
        degree = [sum(index in edge for edge in crossed) for index in range(len(groups))]
        for edge in crossed:
            extra = [
                (among[index] - times[index][candidate.precisions[index]]) / degree[index]
                for index in edge
            ]
            found[edge].append(sum(extra))
    boundaries = {
        edge: max(0.0, sum(values) / len(values)) for edge, values in found.items() if values
    }
    return GroupCosts(times, boundaries)


def _differ(candidate: Candidate, edge: Edge) -> bool:
    first, second = (candidate.precisions[index] == FP32 for index in edge)
    return first != second


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
