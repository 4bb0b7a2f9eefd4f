"""Where the twin's outputs end: in front of what has no gradient.

A class map by arg max, a list after non-maximum suppression or a `DetectionOutput` says nothing of
small changes. The twin gives what goes into them instead.
"""

from collections.abc import Iterator, Mapping

from calibrate.core.component import SCORES
from calibrate.quantization.finetune.graph import Graph, Source

BEFORE = "::input "
"""Between an output's name and which input of an operation it is replaced by."""

_LISTING = (
    "CTCGreedyDecoder",
    "CTCGreedyDecoderSeqLen",
    "DetectionOutput",
    "ExperimentalDetectronDetectionOutput",
    "ExperimentalDetectronGenerateProposalsSingleImage",
    "GenerateProposals",
    "MatrixNms",
    "MulticlassNms",
    "NonMaxSuppression",
    "NMSRotated",
    "Proposal",
)
_MOVING = ("Convert", "Gather", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
"""May stand behind an arg max."""
_INDICES = 1
"""Which output of a TopK says where the greatest are."""


def differentiable_outputs(graph: Graph) -> Mapping[str, Source]:
    """By name, where the values come from that a loss can be taken of.

    An output that has a gradient keeps its name; what stands for others is named after the output,
    the operation in front of which the twin ends, and which of its inputs it is: the same for a
    model with quantizers and for one without.
    """
    found: dict[str, Source] = {}
    for name, source in graph.outputs.items():
        if name + SCORES in graph.outputs:
            continue  # the scores that this output is the arg max of are an output too
        ends = list(_ends(graph, source))
        if not ends:
            found[name] = source
        for position in ends:
            operation = graph.operations[position]
            for port, before in enumerate(operation.sources):
                if _is_computed(graph, before):
                    found[f"{name}{BEFORE}{port} of {operation.name}"] = before
    return found


def needed(graph: Graph, outputs: Mapping[str, Source]) -> frozenset[int]:
    """Positions of the operations that the outputs are computed from, theirs included."""
    return frozenset(_ancestors(graph, [source[0] for source in outputs.values()]))


def _ancestors(graph: Graph, begin: list[int]) -> set[int]:
    seen: set[int] = set()
    waiting = list(begin)
    while waiting:
        position = waiting.pop()
        if position not in seen:
            seen.add(position)
            waiting += [source[0] for source in graph.operations[position].sources]
    return seen


def _ends(graph: Graph, source: Source) -> Iterator[int]:
    """Positions of the operations in front of which an output's gradient ends."""
    behind = source
    while graph.operations[behind[0]].kind in _MOVING:
        behind = graph.operations[behind[0]].sources[0]
    if graph.operations[behind[0]].kind == "TopK" and behind[1] == _INDICES:
        yield behind[0]
        return
    listing = {
        position
        for position in _ancestors(graph, [source[0]])
        if graph.operations[position].kind in _LISTING
    }
    for position in sorted(listing):
        if not listing & (_ancestors(graph, [position]) - {position}):
            yield position


def _is_computed(graph: Graph, source: Source) -> bool:
    """Whether a value depends on the model's inputs."""
    return not set(graph.inputs).isdisjoint(_ancestors(graph, [source[0]]))
