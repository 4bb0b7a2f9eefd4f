"""Rules that change one group in the IR so that the CPU plugin runs it at a precision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import openvino as ov
from openvino import opset13 as ops

from calibrate.core.precision import Group, Precision, Rule
from calibrate.models.names import every_operation_of
from calibrate.quantization.constants import bias_port, replace_constant
from calibrate.quantization.weight_compression import Ports, group_size_of, set_group_size


@dataclass(frozen=True, slots=True)
class Donor:
    """A model that a group takes constants or decompressions from.

    Attributes:
        model: contains the operations; for compressed weights a copy, whose nodes are moved.
        by_name: its operations by name.
        ports: inputs that compressed weights feed.
        known: names of the FP32 model's operations.
    """

    model: ov.Model
    by_name: Mapping[str, ov.Node]
    ports: Ports
    known: frozenset[str]

    @classmethod
    def of(cls, model: ov.Model) -> "Donor":
        """Return a donor of a model without compressed weights."""
        return cls(model, every_operation_of(model), {}, frozenset())


@dataclass(frozen=True, slots=True)
class GroupEdit:
    """A group in a model that is being composed, in place.

    Attributes:
        model: has FakeQuantize operations at every group that is still quantized.
        by_name: its operations by name.
        group: the group to change.
        reference: the FP32 model.
    """

    model: ov.Model
    by_name: Mapping[str, ov.Node]
    group: Group
    reference: Donor


def _quantizers(edit: GroupEdit, donor: Donor, precision: Precision) -> None:
    """Take ranges and biases of the variant, and its weights if they differ."""
    for name in edit.group.quantizers:
        ours, theirs = edit.by_name[name], donor.by_name[name]
        weights = precision.new_weights and _is_constant(theirs.input_value(0).get_node())
        for index in range(0 if weights else 1, 5):
            replace_constant(ours.input(index), theirs.input_value(index).get_node().data)
    _take_biases(edit, donor)


def _floating_point(edit: GroupEdit, _: Donor, __: Precision) -> None:
    """Remove the quantizers, and restore the bias from before bias correction."""
    for name in edit.group.quantizers:
        quantizer = edit.by_name[name]
        for target in quantizer.output(0).get_target_inputs():
            target.replace_source_output(quantizer.input_value(0))
    _take_biases(edit, edit.reference)


def _decompression(edit: GroupEdit, donor: Donor, precision: Precision) -> None:
    """Use floating point with the donor's decompressions in front of the layers.

    Scales of activations made by AWQ are copied too.
    """
    _floating_point(edit, donor, precision)
    for name in edit.group.operations:
        ports = donor.ports.get(name, ())
        ours, theirs = edit.by_name[name], donor.by_name.get(name)
        if theirs is None or not ports:
            continue
        for index in ports:
            ours.input(index).replace_source_output(theirs.input_value(index))
        for port in ours.inputs():
            made = theirs.input_value(port.get_index()).get_node()
            if port.get_index() in ports or made.get_type_name() != "Multiply":
                continue
            if made.get_friendly_name() in donor.known:
                continue
            scale = next(value for value in made.input_values() if _is_constant(value.get_node()))
            scaled = ops.multiply(port.get_source_output(), scale)
            scaled.set_friendly_name(f"{name}/awq_scale")
            port.replace_source_output(scaled.output(0))
    size = group_size_of(donor.model)
    if size is not None:
        set_group_size(edit.model, size)


RULES: Mapping[Rule, Callable[[GroupEdit, Donor, Precision], None]] = {
    "quantizers": _quantizers,
    "decompression": _decompression,
    "deployment float": _floating_point,
    "pinned float": _floating_point,
}
"""Functions that change one group of a quantized model to a precision, in place."""


def _take_biases(edit: GroupEdit, donor: Donor) -> None:
    for name in edit.group.operations:
        if name not in donor.by_name:
            continue
        ours, theirs = bias_port(edit.by_name[name]), bias_port(donor.by_name[name])
        if ours is not None and theirs is not None:
            replace_constant(ours, theirs.get_source_output().get_node().data)


def _is_constant(node: ov.Node) -> bool:
    return bool(node.get_type_name() == "Constant")
