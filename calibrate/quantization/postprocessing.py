"""Find the postprocessing behind the last layers, which INT8 would degrade.

Box decoding, final sigmoids and softmaxes, suppression of overlapping boxes: a few operations
on few values, whose results have to be exact and whose speed does not matter. The quantizer's
rules would quantize some of them, since they do not differ from other multiplications.
"""

import openvino as ov

from calibrate.core.operations import WEIGHTED

_ARITHMETIC = frozenset(
    {
        "Add",
        "Concat",
        "CTCGreedyDecoder",
        "CTCGreedyDecoderSeqLen",
        "DetectionOutput",
        "Divide",
        "Exp",
        "ExperimentalDetectronDetectionOutput",
        "HardSigmoid",
        "LogSoftmax",
        "Log",
        "MatrixNms",
        "MulticlassNms",
        "Multiply",
        "NonMaxSuppression",
        "Power",
        "PriorBox",
        "PriorBoxClustered",
        "Proposal",
        "ReduceMax",
        "ReduceSum",
        "RegionYolo",
        "Sigmoid",
        "SoftMax",
        "Softmax",
        "Sqrt",
        "Subtract",
        "Tanh",
        "TopK",
    }
)


def find_postprocessing(model: ov.Model) -> tuple[str, ...]:
    """Return the names of the operations to keep in FP32, in network order.

    These are arithmetic operations with no layer with weights after them on any path. Pooling,
    resizing and the biases of the last layers are excluded, since INT8 suits them as it suits the
    operations before them.

    Args:
        model: prepared.
    """
    before_weights: set[str] = set()
    tail = []
    for op in reversed(model.get_ordered_ops()):
        name, kind = op.get_friendly_name(), op.get_type_name()
        consumers = [
            target.get_node() for port in op.outputs() for target in port.get_target_inputs()
        ]
        if any(
            node.get_type_name() in WEIGHTED or node.get_friendly_name() in before_weights
            for node in consumers
        ):
            before_weights.add(name)
        elif kind in _ARITHMETIC and not _is_bias(op):
            tail.append(name)
    return tuple(reversed(tail))


def _is_bias(op: ov.Node) -> bool:
    """An Add of a constant right behind a layer with weights, which the plugin fuses into it."""
    if op.get_type_name() != "Add":
        return False
    kinds = {port.get_node().get_type_name() for port in op.input_values()}
    return "Constant" in kinds and bool(kinds & set(WEIGHTED))
