import numpy as np
import openvino as ov
from openvino import opset13 as ops

from calibrate.report.search_section import GroupFacts
from calibrate.report_builder.graph import graph_facts


def named(node: ov.Node, name: str) -> ov.Node:
    node.set_friendly_name(name)
    return node


def group(*operations: str) -> GroupFacts:
    return GroupFacts(
        name=operations[0],
        operations=operations,
        types=(),
        sensitivity={},
        sensitivity_error={},
        microseconds={},
        precision="int8",
        reason="",
    )


def test_edges_pass_through_operations_of_no_group():
    given = ops.parameter([1, 4], np.float32, name="given")
    weights = ops.constant(np.eye(4, dtype=np.float32))
    first = named(ops.matmul(given, weights, False, False), "first")
    free = named(ops.relu(first), "free")
    second = named(ops.matmul(free, weights, False, False), "second")
    shared = named(ops.relu(second), "shared")
    joined = named(ops.add(shared, free), "joined")
    model = ov.Model([ops.result(joined)], [given], "model")
    groups = [group("first"), group("second", "shared"), group("joined")]
    assert graph_facts(model, groups).edges == ((0, 1), (0, 2), (1, 2))
