"""Carry a quantized model of static shapes back onto the source's graph, whose dimensions are open.

Quantization works on a graph of static shapes, in which shape arithmetic is folded. What it changed
there, quantizers and constants, is found by comparing the two static graphs, and repeated in the
source's graph, whose operations have the same names.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import openvino as ov

from calibrate.models.bodies import bodies_of
from calibrate.models.pins import pinned_operations, with_pins

_OPTIONS = "runtime_options"
_MOVES = {"Reshape", "Transpose", "Squeeze", "Unsqueeze"} | {
    "Parameter",
    "Result",
    "ReadValue",
    "Assign",
}
"""Move values only: one may stand for the other once shapes are static, or states are inputs."""


class NotCarriedError(Exception):
    """A change has no place in the graph with open dimensions; its text says which."""


def open_inputs(model: ov.Model, ranks: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The open dimensions of each input that has any, by the input's index.

    Args:
        model: as read.
        ranks: how many dimensions each input has, for those that do not say.
    """
    dimensions = {}
    for index, port in enumerate(model.inputs):
        partial = port.get_partial_shape()
        if partial.rank.is_dynamic:
            dimensions[index] = tuple(range(ranks[index]))
        elif partial.is_dynamic:
            dimensions[index] = tuple(axis for axis, d in enumerate(partial) if d.is_dynamic)
    return dimensions


def reopened(result: ov.Model, prepared: ov.Model, opened: ov.Model) -> ov.Model:
    """A copy of `opened` with every change that leads from `prepared` to `result`.

    Args:
        result: the quantized model, static; left unchanged.
        prepared: the floating-point model that it was made from, static.
        opened: the same floating-point model with open dimensions.

    Raises:
        NotCarriedError: an operation that was changed, or what feeds it, is another in `opened`.
    """
    donor, target = result.clone(), opened.clone()
    _carry(donor, prepared, target)
    target.validate_nodes_and_infer_types()
    if result.has_rt_info([_OPTIONS]):
        for key, value in result.get_rt_info([_OPTIONS]).value.items():
            target.set_rt_info(value, [_OPTIONS, key])
    pinned = pinned_operations(result)
    # Nodes of the donor are in it: a clone replaces them.
    return with_pins(target, pinned) if pinned else target.clone()


def carried_from_body(
    result: ov.Model, prepared: ov.Model, target: ov.Model, owner: str
) -> ov.Model:
    """A copy of `target` with the changes that the body of an operation went through.

    Args:
        result: the quantized model; left unchanged.
        prepared: the floating-point model that it was made from.
        target: the floating-point model that the body was made from.
        owner: the name of the operation in `result` and `prepared`.

    Raises:
        NotCarriedError: see `reopened`.
    """
    donor, copy = result.clone(), target.clone()
    inner, before = (bodies_of(_named(model)[owner])[0] for model in (donor, prepared))
    _carry(inner, before, copy)
    copy.validate_nodes_and_infer_types()
    pinned = pinned_operations(result)
    return with_pins(copy, pinned) if pinned else copy.clone()


def _carry(donor: ov.Model, prepared: ov.Model, target: ov.Model) -> None:
    """Repeat in `target`, in place, what tells `donor` from `prepared`; takes nodes of `donor`."""
    before, after = _named(prepared), _named(target)
    edits = _Edits(before, after)
    for op in donor.get_ordered_ops():
        if not _is_kept(op, before):
            continue
        known = before[op.get_friendly_name()]
        for port in op.inputs():
            if not _is_same(port.get_source_output(), known.input_value(port.get_index()), before):
                edits.add(port, known.input_value(port.get_index()))
        _carry_bodies(op, known, after.get(op.get_friendly_name()))
    edits.apply()


def _carry_bodies(donor: ov.Node, prepared: ov.Node, target: ov.Node | None) -> None:
    """Repeat what was changed in the bodies of an If, Loop or TensorIterator."""
    places = bodies_of(target) if target is not None else ()
    for changed, known, place in zip(bodies_of(donor), bodies_of(prepared), places, strict=False):
        _carry(changed, known, place)


class _Edits:
    """Inputs of the donor that read something else than before, and what they stand for."""

    def __init__(self, before: Mapping[str, ov.Node], after: Mapping[str, ov.Node]) -> None:
        self._before, self._after = before, after
        self._ends: list[tuple[ov.Input, ov.Output]] = []
        self._entries: dict[tuple[str, int], tuple[ov.Input, ov.Output]] = {}

    def add(self, port: ov.Input, was: ov.Output) -> None:
        """Plan the change of one input of an operation that is in all three graphs.

        Args:
            port: of the donor.
            was: what it read before.

        Raises:
            NotCarriedError: the target has no such input, or it reads something else.
        """
        stands_for = self._place(port.get_node())
        if stands_for.get_input_size() == 0:
            self._behind(port, stands_for.output(0))
            return
        place = stands_for.input(port.get_index())
        now = place.get_source_output()
        folded = _is_constant(was) and not _is_constant(now)
        entered = False
        for entry in self._entries_of(port):
            source = entry.get_source_output()
            if _is_constant(source) and not (folded and _is_same(source, was, self._before)):
                continue
            # Whatever leads there in the target, what this input reads is the same.
            is_unchanged = folded or _is_same(source, was, self._before)
            self._enter(entry, now if is_unchanged else self._output(source))
            entered = True
        if not entered and not self._is_replaceable(port, was, now):
            raise NotCarriedError(
                f"a constant of {port.get_node().get_friendly_name()} depends on open dimensions"
            )
        source = port.get_source_output()
        kept = _is_kept(source.get_node(), self._before)
        self._ends.append((place, self._output(source) if kept else source))

    def _behind(self, port: ov.Input, parameter: ov.Output) -> None:
        """Put what stands before a step's squeeze behind the input that it stands for."""
        readers = list(parameter.get_target_inputs())
        for entry in list(self._entries_of(port)):
            if not _is_constant(entry.get_source_output()):
                entry.replace_source_output(parameter)
        for reader in readers:
            reader.replace_source_output(port.get_source_output())

    def apply(self) -> None:
        """Make all planned changes."""
        for entry, source in self._entries.values():
            entry.replace_source_output(source)
        for place, source in self._ends:
            place.replace_source_output(source)

    def _entries_of(self, port: ov.Input) -> Iterator[ov.Input]:
        """The inputs of new operations behind a port that read operations known before."""
        pending, names = [port], set()
        while pending:
            node = pending.pop().get_source_output().get_node()
            if node.get_name() in names or _is_kept(node, self._before):
                continue
            names.add(node.get_name())
            for above in node.inputs():
                source = above.get_source_output().get_node()
                if _is_kept(source, self._before) or source.get_type_name() == "Constant":
                    yield above
                else:
                    pending.append(above)

    def _enter(self, entry: ov.Input, source: ov.Output) -> None:
        key = (entry.get_node().get_name(), entry.get_index())
        known = self._entries.setdefault(key, (entry, source))[1]
        if known.get_node().get_name() != source.get_node().get_name():
            name = entry.get_node().get_friendly_name()
            raise NotCarriedError(f"{name} would read two operations with open dimensions")

    @staticmethod
    def _is_replaceable(port: ov.Input, was: ov.Output, now: ov.Output) -> bool:
        """Whether a new constant, or a decompression, may stand for what the target reads."""
        if not _is_constant(was):
            return True
        same = now.get_partial_shape() == port.get_source_output().get_partial_shape()
        return _is_constant(now) and same

    def _place(self, op: ov.Node) -> ov.Node:
        place = self._after.get(op.get_friendly_name())
        kinds = {op.get_type_name(), place.get_type_name() if place is not None else ""}
        if place is None or (len(kinds) > 1 and not kinds <= _MOVES):
            raise NotCarriedError(f"{op.get_friendly_name()} is there with static shapes only")
        return place

    def _output(self, output: ov.Output) -> ov.Output:
        """The same output in the target."""
        return self._place(output.get_node()).output(output.get_index())


def _named(model: ov.Model) -> dict[str, ov.Node]:
    return {
        op.get_friendly_name(): op for op in model.get_ops() if op.get_type_name() != "Constant"
    }


def _is_constant(output: ov.Output) -> bool:
    return bool(output.get_node().get_type_name() == "Constant")


def _is_kept(op: ov.Node, before: Mapping[str, ov.Node]) -> bool:
    known = before.get(op.get_friendly_name())
    return known is not None and known.get_type_name() == op.get_type_name()


def _is_same(first: ov.Output, second: ov.Output, before: Mapping[str, ov.Node]) -> bool:
    """Whether two models read the same there: the same operation's output, or an equal constant."""
    node, other = first.get_node(), second.get_node()
    if node.get_type_name() != other.get_type_name():
        return False
    if node.get_type_name() == "Constant":
        return _is_equal(node, other)
    same = node.get_friendly_name() == other.get_friendly_name()
    return same and first.get_index() == second.get_index() and _is_kept(node, before)


def _is_equal(one: ov.Node, other: ov.Node) -> bool:
    if one.get_element_type() != other.get_element_type():
        return False
    first, second = one.data, other.data
    return first.shape == second.shape and np.array_equal(
        first.view(np.uint8) if first.ndim else first,
        second.view(np.uint8) if second.ndim else second,
    )
