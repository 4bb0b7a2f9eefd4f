"""Find the operations whose precision changes together."""

import nncf
import openvino as ov
from nncf.common.factory import build_graph
from nncf.quantization.algorithms.accuracy_control.evaluator import Evaluator
from nncf.quantization.algorithms.accuracy_control.openvino_backend import (
    OVAccuracyControlAlgoBackend,
)
from nncf.quantization.algorithms.accuracy_control.ranker import Ranker

from calibrate.contracts.candidate import FP32, INT8, Group

_EMPTY = nncf.Dataset([])


def find_groups(quantized: ov.Model) -> tuple[Group, ...]:
    """The groups of a model with FakeQuantize operations, in network order.

    What NNCF's quantizer removal has to cut together is one group: all quantizers that feed the
    same operations, and those operations.

    Args:
        quantized: weights still behind FakeQuantize.
    """
    graph = build_graph(quantized)
    # The ranker only looks at the graph here; it never evaluates.
    ranker = Ranker(1, _EMPTY, OVAccuracyControlAlgoBackend(), Evaluator(_never))
    position = {op.get_friendly_name(): i for i, op in enumerate(quantized.get_ordered_ops())}
    found = []
    for group in ranker.find_groups_of_quantizers_to_rank(graph):
        quantizers = sorted((node.node_name for node in group.quantizers), key=position.__getitem__)
        operations = sorted((node.node_name for node in group.operations), key=position.__getitem__)
        name = operations[0] if operations else quantizers[0]
        found.append(Group(name, tuple(operations), tuple(quantizers), (INT8, FP32)))
    return tuple(sorted(found, key=lambda group: position[group.quantizers[0]]))


def _never(*_: object) -> tuple[float, None]:
    raise AssertionError("groups are found without evaluating anything")
