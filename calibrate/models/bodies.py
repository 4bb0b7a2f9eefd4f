"""Models inside of operations: the bodies of If, Loop and TensorIterator."""

from collections.abc import Iterator

import openvino as ov

_GETTERS = {
    "TensorIterator": ("get_function",),
    "Loop": ("get_function",),
    "If": ("get_then_body", "get_else_body"),
}


def bodies_of(op: ov.Node) -> tuple[ov.Model, ...]:
    """The bodies of an operation, none for most."""
    getters = _GETTERS.get(op.get_type_name(), ())
    return tuple(getattr(op, getter)() for getter in getters if hasattr(op, getter))


def all_operations(model: ov.Model) -> Iterator[ov.Node]:
    """Every operation of a model and of the bodies in it."""
    for op in model.get_ordered_ops():
        yield op
        for body in bodies_of(op):
            yield from all_operations(body)


ONE_STREAM = {"NUM_STREAMS": "1"}
"""Plugin properties for models with loops. OpenVINO 2026.4.1 computes other outputs for a
TensorIterator with two matrix products in a row if the model is compiled for several streams."""


def stream_properties(model: ov.Model) -> dict[str, str]:
    """What a model has to be compiled with so that the CPU plugin computes it right."""
    loops = ("Loop", "TensorIterator")
    has_loop = any(op.get_type_name() in loops for op in all_operations(model))
    return dict(ONE_STREAM) if has_loop else {}


def set_body(op: ov.Node, index: int, body: ov.Model) -> None:
    """Replace a body of an operation, in place, by one with the same inputs and outputs."""
    if op.get_type_name() == "If":
        op.set_function(index, body)
    else:
        op.set_function(body)
