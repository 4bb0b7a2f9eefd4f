"""What reaches the bodies of If, Loop and TensorIterator when a model is inferred."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from calibrate.core.operations import WEIGHTED
from calibrate.models.bodies import all_operations, bodies_of
from calibrate.quantization.async_infer import infer_ahead

Feed = Mapping[int, NDArray[Any]]
Place = tuple[str, int]
"""The name of an operation with bodies, and the index of the body."""

_MOST = 300
"""Feeds kept of each body: a loop gives one for each round of each sample."""


def weighted_bodies(model: ov.Model) -> dict[Place, ov.Model]:
    """The bodies of a model's operations in which something has weights, nested ones included."""
    return {
        (op.get_friendly_name(), index): body
        for op in model.get_ordered_ops()
        for index, body in enumerate(bodies_of(op))
        if any(inner.get_type_name() in WEIGHTED for inner in all_operations(body))
    }


def body_feeds(model: ov.Model, feeds: Sequence[Feed]) -> dict[Place, list[Feed]]:
    """Infer a model and return the inputs of its bodies, by index of the body's parameter.

    Of an If, each inference gives inputs of the branch that is taken; of a loop, each round of it.

    Args:
        model: floating point, static; left unchanged.
        feeds: inputs of inferences.
    """
    probe = model.clone()
    names = [name for name, _ in weighted_bodies(probe)]
    owners = [op for op in probe.get_ordered_ops() if op.get_friendly_name() in names]
    collected: dict[Place, list[Feed]] = {place: [] for place in weighted_bodies(probe)}
    readers = [_READERS[op.get_type_name()](op) for op in owners]
    watched = [port.get_source_output() for op in owners for port in op.inputs()]
    beside = ov.Model([ops.result(port) for port in watched], probe.get_parameters(), "bodies")
    for outputs in infer_ahead(beside, feeds):
        arrays = iter(outputs)
        for op, reader in zip(owners, readers, strict=True):
            values = [np.array(next(arrays)) for _ in op.inputs()]
            for index, feed in reader(values):
                kept = collected.get((op.get_friendly_name(), index))
                if kept is not None and len(kept) < _MOST:
                    kept.append(feed)
    return collected


Reader = Callable[[Sequence[NDArray[Any]]], Iterator[tuple[int, Feed]]]
"""From the inputs of an operation to the index and the inputs of each body that runs."""


def _branch(op: ov.Node) -> Reader:
    """An If: the body that the condition chooses."""
    descriptions = [op.get_input_descriptions(index) for index in range(2)]

    def read(values: Sequence[NDArray[Any]]) -> Iterator[tuple[int, Feed]]:
        index = 0 if values[0].any() else 1
        yield index, {d.body_parameter_index: values[d.input_index] for d in descriptions[index]}

    return read


def _rounds(op: ov.Node) -> Reader:
    """A Loop or TensorIterator: its body round by round, with what the round before gave."""
    descriptions = op.get_input_descriptions()
    body = op.get_function()
    compiled = ov.Core().compile_model(body.clone(), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    counter, condition = op.get_special_body_ports() if op.get_type_name() == "Loop" else (-1, -1)

    def read(values: Sequence[NDArray[Any]]) -> Iterator[tuple[int, Feed]]:
        count = _count(op, values)
        given: Sequence[NDArray[Any]] = ()
        for step in range(count):
            feed = {d.body_parameter_index: _value(d, values, given, step) for d in descriptions}
            if counter >= 0:
                feed[counter] = np.full(
                    body.get_parameters()[counter].get_partial_shape().get_min_shape(), step
                )
            yield 0, feed
            given = [np.array(array) for array in compiled(feed).values()]
            if condition >= 0 and not given[condition].all():
                return

    return read


def _count(op: ov.Node, values: Sequence[NDArray[Any]]) -> int:
    """How many rounds a loop has at most."""
    if op.get_type_name() == "Loop":
        count = int(values[0].reshape(-1)[0])
        return count if count >= 0 else _MOST
    sliced = [d for d in op.get_input_descriptions() if hasattr(d, "axis")]
    return min((values[d.input_index].shape[d.axis] // d.part_size for d in sliced), default=0)


def _value(
    description: Any,  # noqa: ANN401  # OpenVINO's three kinds have no common class in Python
    values: Sequence[NDArray[Any]],
    given: Sequence[NDArray[Any]],
    step: int,
) -> NDArray[Any]:
    """What a body's parameter gets in a round: a slice, what the last round gave, or the same."""
    value: NDArray[Any] = values[description.input_index]
    if hasattr(description, "axis"):
        size, length = description.part_size, value.shape[description.axis]
        start = step * size if description.stride > 0 else length - (step + 1) * size
        value = np.ascontiguousarray(
            np.take(value, np.arange(start, start + size), description.axis)
        )
    elif hasattr(description, "body_value_index") and given:
        value = given[description.body_value_index]
    return value


_READERS: Mapping[str, Callable[[ov.Node], Reader]] = {
    "If": _branch,
    "Loop": _rounds,
    "TensorIterator": _rounds,
}
