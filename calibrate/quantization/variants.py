"""Compose one model from a precision for every group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openvino as ov
from openvino import opset13 as ops
from openvino._offline_transformations import compress_quantize_weights_transformation

from calibrate.core.precision import (
    FP32,
    Candidate,
    Group,
    Precision,
    compresses_weights,
    in_floating_point,
)
from calibrate.models.names import number_names, operations_of
from calibrate.quantization.constants import bias_port, replace_constant
from calibrate.quantization.weight_compression import (
    Ports,
    compressed_ports,
    group_size_of,
    set_group_size,
)


@dataclass(frozen=True, slots=True)
class Variants:
    """Everything a candidate can be composed from.

    Attributes:
        reference: the FP32 model.
        models: by INT8 variant, the model with every group at it (FakeQuantize, FP32 weights);
            all have the same operations and differ in constants only. By precision that
            compresses weights alone, the FP32 model with a decompression in front of its layers.
        groups: in network order.
    """

    reference: ov.Model
    models: Mapping[Precision, ov.Model]
    groups: Sequence[Group]


def compose(variants: Variants, candidate: Candidate) -> ov.Model:
    """The model in which every group has its precision; FakeQuantize stays in front of weights.

    A group that falls back loses its quantizers and gets back the bias that it had before bias
    correction; a group at a variant takes ranges and biases from that variant. A group with
    compressed weights is one that fell back, with the decompression in front of its layers.
    """
    base = next((name for name in variants.models if not compresses_weights(name)), FP32)
    model = (variants.reference if base == FP32 else variants.models[base]).clone()
    by_name = operations_of(model)
    original = operations_of(variants.reference)
    donors: dict[Precision, _Donor] = {}
    for group, precision in zip(variants.groups, candidate, strict=True):
        if precision == base:
            continue
        if precision != FP32 and precision not in donors:
            donors[precision] = _donor(variants, precision)
        if in_floating_point(precision):
            for name in group.quantizers:
                _bypass(by_name[name])
            _take_biases(group, by_name, original)
        else:
            _take_ranges(group, by_name, donors[precision].by_name)
            _take_biases(group, by_name, donors[precision].by_name)
        if compresses_weights(precision):
            _take_weights(group, by_name, donors[precision])
            size = group_size_of(donors[precision].model)
            if size is not None:
                set_group_size(model, size)
    model.validate_nodes_and_infer_types()
    return model.clone() if any(map(compresses_weights, donors)) else model


@dataclass(frozen=True, slots=True)
class _Donor:
    """A variant to take from.

    Attributes:
        model: holds the operations; for compressed weights a copy, whose parts become ours.
        by_name: of its operations.
        ports: inputs that compressed weights feed.
        known: names of the FP32 model's operations.
    """

    model: ov.Model
    by_name: Mapping[str, ov.Node]
    ports: Ports
    known: frozenset[str]


def _donor(variants: Variants, precision: Precision) -> _Donor:
    model = variants.models[precision]
    if not compresses_weights(precision):
        return _Donor(model, operations_of(model), {}, frozenset())
    copy = model.clone()
    known = frozenset(op.get_friendly_name() for op in variants.reference.get_ops())
    return _Donor(copy, operations_of(copy), compressed_ports(variants.reference, copy), known)


def _take_weights(group: Group, by_name: Mapping[str, ov.Node], donor: _Donor) -> None:
    """Put a donor's decompressions, and what AWQ scales activations by, in front of layers."""
    for name in group.operations:
        ports = donor.ports.get(name, ())
        for index in ports:
            by_name[name].input(index).replace_source_output(donor.by_name[name].input_value(index))
        for port in by_name[name].inputs() if ports else ():
            made = donor.by_name[name].input_value(port.get_index()).get_node()
            if port.get_index() in ports or made.get_type_name() != "Multiply":
                continue
            if made.get_friendly_name() in donor.known:
                continue
            scale = next(value for value in made.input_values() if _is_constant(value.get_node()))
            scaled = ops.multiply(port.get_source_output(), scale)
            scaled.set_friendly_name(f"{name}/awq_scale")
            port.replace_source_output(scaled.output(0))


def _is_constant(node: ov.Node) -> bool:
    return bool(node.get_type_name() == "Constant")


def with_integer_weights(model: ov.Model) -> ov.Model:
    """The same model with weights stored as INT8 instead of FP32 behind FakeQuantize."""
    stored = model.clone()
    compress_quantize_weights_transformation(stored)
    number_names(stored, {op.get_friendly_name() for op in model.get_ops()})
    return stored


def _bypass(quantizer: ov.Node) -> None:
    source = quantizer.input_value(0)
    for target in quantizer.output(0).get_target_inputs():
        target.replace_source_output(source)


def _take_biases(
    group: Group, by_name: Mapping[str, ov.Node], donor: Mapping[str, ov.Node]
) -> None:
    for name in group.operations:
        if name not in donor:
            continue
        ours, theirs = bias_port(by_name[name]), bias_port(donor[name])
        if ours is not None and theirs is not None:
            replace_constant(ours, theirs.get_source_output().get_node().data)


def _take_ranges(
    group: Group, by_name: Mapping[str, ov.Node], donor: Mapping[str, ov.Node]
) -> None:
    for name in group.quantizers:
        ours, theirs = by_name[name], donor[name]
        _copy_constants(ours, theirs, range(1, 5))


def _copy_constants(ours: ov.Node, theirs: ov.Node, ports: range) -> None:
    for index in ports:
        source = theirs.input_value(index).get_node()
        replace_constant(ours.input(index), source.data)
