"""Compose one model from a precision for every group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openvino as ov
from openvino._offline_transformations import compress_quantize_weights_transformation

from calibrate.core.precision import FP32, Candidate, Group, Precision
from calibrate.models.names import every_operation_of, number_names
from calibrate.quantization.precision_rules import RULES, Donor, GroupEdit
from calibrate.quantization.weight_compression import compressed_ports


@dataclass(frozen=True, slots=True)
class Variants:
    """The models from which candidates are composed.

    Attributes:
        reference: the FP32 model.
        models: by INT8 variant, the model with every group at it (FakeQuantize, floating-point
            weights); all have the same operations and differ in constants only. By precision that
            compresses weights alone, the FP32 model with a decompression in front of its layers.
        groups: in network order.
    """

    reference: ov.Model
    models: Mapping[Precision, ov.Model]
    groups: Sequence[Group]


def compose(variants: Variants, candidate: Candidate) -> ov.Model:
    """Compose the model of a candidate; FakeQuantize stays in front of weights.

    The first INT8 variant is the base; each group at another precision is changed by the rule of
    that precision.
    """
    base = next((precision for precision in variants.models if not precision.is_float), FP32)
    model = (variants.reference if base == FP32 else variants.models[base]).clone()
    by_name = every_operation_of(model)
    donors: dict[Precision, Donor] = {FP32: Donor.of(variants.reference)}
    for group, precision in zip(variants.groups, candidate, strict=True):
        if precision == base:
            continue
        if precision not in donors:
            donors[precision] = _donor(variants, precision)
        RULES[precision.rule](
            GroupEdit(model, by_name, group, donors[FP32]), donors[precision], precision
        )
    model.validate_nodes_and_infer_types()
    # The model contains nodes of a donor: a clone replaces them.
    taken = any(precision.compresses_weights for precision in donors)
    return model.clone() if taken else model


def _donor(variants: Variants, precision: Precision) -> Donor:
    if precision.is_float and not precision.compresses_weights:
        return Donor.of(variants.reference)
    model = variants.models[precision]
    if not precision.compresses_weights:
        return Donor.of(model)
    copy = model.clone()
    known = frozenset(op.get_friendly_name() for op in variants.reference.get_ops())
    return Donor(copy, every_operation_of(copy), compressed_ports(variants.reference, copy), known)


def with_integer_weights(model: ov.Model) -> ov.Model:
    """Return the model with weights stored as INT8 instead of FP32 behind FakeQuantize."""
    stored = model.clone()
    compress_quantize_weights_transformation(stored)
    number_names(stored, {op.get_friendly_name() for op in model.get_ops()})
    return stored
