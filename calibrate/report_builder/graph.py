"""Build the report's graph: which group's outputs reach which other group."""

from collections.abc import Mapping, Sequence

import openvino as ov

from calibrate.report.search_section import GraphFacts, GroupFacts


def graph_facts(model: ov.Model, groups: Sequence[GroupFacts]) -> GraphFacts:
    """Return the edges between groups, through operations that belong to none.

    Args:
        model: FP32, whose operations the groups name.
        groups: groups as the report lists them.
    """
    owner = {name: index for index, group in enumerate(groups) for name in group.operations}
    edges: set[tuple[int, int]] = set()
    reaching: dict[str, frozenset[int]] = {}
    for op in model.get_ordered_ops():
        sources = _sources(op, reaching)
        index = owner.get(op.get_friendly_name())
        if index is None:
            reaching[op.get_friendly_name()] = sources
            continue
        edges |= {(source, index) for source in sources if source != index}
        reaching[op.get_friendly_name()] = frozenset((index,))
    return GraphFacts(edges=tuple(sorted(edges)))


def _sources(op: ov.Node, reaching: Mapping[str, frozenset[int]]) -> frozenset[int]:
    """Return the groups whose outputs reach an operation's inputs."""
    producers = (op.input_value(port).get_node() for port in range(op.get_input_size()))
    return frozenset().union(*(reaching.get(p.get_friendly_name(), ()) for p in producers))
