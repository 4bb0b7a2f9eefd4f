"""The outputs of the twin: they end in front of operations without a gradient.

A class map by arg max, a list after non-maximum suppression or a `DetectionOutput` has no gradient.
The twin returns the inputs of such operations instead.
"""

from collections.abc import Iterator, Mapping

from calibrate.core.component import SCORES
from calibrate.quantization.finetune.graph import Graph, Source

BEFORE = "::input "
"""Separates an output's name from the operation input that replaces it."""

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
"""Operations allowed behind an arg max."""
_INDICES = 1
"""The output of a TopK with the indices."""


def differentiable_outputs(graph: Graph) -> Mapping[str, Source]:
    """Return the sources of differentiable values by name.

    An output that has a gradient keeps its name. Replacements are named after the output, the
    operation in front of which the twin ends, and the index of its input; the names are the same
    with and without quantizers.
    """
    sources: dict[str, Source] = {}
    for name, source in graph.outputs.items():
        if name + SCORES in graph.outputs:
            continue  # the scores that this output is the arg max of are an output too
        ends = list(_ends(graph, source))
        if not ends:
            sources[name] = source
        for position in ends:
            operation = graph.operations[position]
            for port, before in enumerate(operation.sources):
                if _is_computed(graph, before):
                    sources[f"{name}{BEFORE}{port} of {operation.name}"] = before
    return sources


def needed(graph: Graph, outputs: Mapping[str, Source]) -> frozenset[int]:
    """Return the positions of the outputs and all operations that they depend on."""
    return frozenset(_ancestors(graph, [source[0] for source in outputs.values()]))


def _ancestors(graph: Graph, begin: list[int]) -> set[int]:
    ancestors: set[int] = set()
    waiting = list(begin)
    while waiting:
        position = waiting.pop()
        if position not in ancestors:
            ancestors.add(position)
            waiting += [source[0] for source in graph.operations[position].sources]
    return ancestors


def _ends(graph: Graph, source: Source) -> Iterator[int]:
    """Yield the positions of the operations at which an output's gradient ends."""
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
    """Return whether a value depends on the model's inputs."""
    return not set(graph.inputs).isdisjoint(_ancestors(graph, [source[0]]))
