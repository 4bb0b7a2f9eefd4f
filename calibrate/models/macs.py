"""Count the multiply-accumulates of convolutions and matrix products."""

from collections.abc import Callable, Mapping, Sequence
from math import prod

import openvino as ov


def multiply_accumulates(model: ov.Model) -> dict[str, int]:
    """Return the number of each convolution and matrix product of a static model, by its name."""
    return {
        op.get_friendly_name(): _MACS[op.get_type_name()](op)
        for op in model.get_ops()
        if op.get_type_name() in _MACS
    }


def _shape(op: ov.Node, port: int) -> Sequence[int]:
    return [int(size) for size in op.input(port).get_shape()]


def _results(op: ov.Node) -> int:
    return prod(int(size) for size in op.output(0).get_shape())


def _convolution(op: ov.Node) -> int:
    """Each output value takes a filter's worth; weights [outputs, inputs, kernel …]."""
    return _results(op) * prod(_shape(op, 1)[1:])


def _grouped(op: ov.Node) -> int:
    """As above within a group; weights [groups, outputs, inputs, kernel …]."""
    return _results(op) * prod(_shape(op, 1)[2:])


def _transposed(op: ov.Node) -> int:
    """Each input value goes into a filter's worth; weights [inputs, outputs, kernel …]."""
    return prod(_shape(op, 0)) * prod(_shape(op, 1)[1:])


def _transposed_grouped(op: ov.Node) -> int:
    """As above within a group; weights [groups, inputs, outputs, kernel …]."""
    return prod(_shape(op, 0)) * prod(_shape(op, 1)[2:])


def _product(op: ov.Node) -> int:
    """Each output value takes a row of the first factor."""
    shape = _shape(op, 0)
    is_transposed = op.get_attributes()["transpose_a"] and len(shape) > 1
    return _results(op) * shape[-2 if is_transposed else -1]


_MACS: Mapping[str, Callable[[ov.Node], int]] = {
    "Convolution": _convolution,
    "GroupConvolution": _grouped,
    "ConvolutionBackpropData": _transposed,
    "GroupConvolutionBackpropData": _transposed_grouped,
    "MatMul": _product,
}
