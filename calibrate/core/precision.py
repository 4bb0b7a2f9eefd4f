"""Precisions, groups of operations, and candidates: a precision for every group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

ComputeType = Literal["i8", "bf16", "f16", "f32"]
"""The type that a kernel multiplies in, as OpenVINO names element types."""

Rule = Literal["quantizers", "decompression", "deployment float", "pinned float"]
"""How the IR makes the CPU plugin run a precision; `quantization/precision_rules.py` does it.

`quantizers`: FakeQuantize on activations and weights. `decompression`: integer weights, unpacked
in front of the operation. `deployment float`: no mark, so that the plugin runs it at the
deployment's inference precision. `pinned float`: a mark that keeps it in FP32 whatever that is.
"""


@dataclass(frozen=True, slots=True)
class Precision:
    """A precision at which a group of operations can run.

    Attributes:
        name: as configs, reports and certificates write it; unique within a run.
        weight_bits: of a stored weight.
        activation_bits: of a stored value between two operations.
        compute_type: of the multiplications.
        new_weights: whether the weights differ from the trained model's, so that a group takes
            them together with the ranges and biases.
    """

    name: str
    weight_bits: int
    activation_bits: int
    compute_type: ComputeType
    new_weights: bool = False

    @property
    def is_float(self) -> bool:
        """Whether the group computes in floating point, so that nothing is quantized around it."""
        return self.compute_type != "i8"

    @property
    def compresses_weights(self) -> bool:
        """Whether the weights alone are stored in fewer bits."""
        return self.is_float and self.weight_bits < self.activation_bits

    @property
    def is_reduced_float(self) -> bool:
        """Whether the group computes in 16-bit floating point with weights of the same type."""
        return self.compute_type in ("bf16", "f16") and not self.compresses_weights

    @property
    def rule(self) -> Rule:
        """How the IR makes the CPU plugin run it."""
        if not self.is_float:
            return "quantizers"
        if self.compresses_weights:
            return "decompression"
        return "pinned float" if self.compute_type == "f32" else "deployment float"

    @property
    def title(self) -> str:
        """Name for display: `FP32`, `INT8`, `INT8 kernel-bias`, `int4_weights`."""
        if self.is_float:
            return self.name if self.compresses_weights else self.name.upper()
        return "INT8" if self == INT8 else f"INT8 {self.name}"

    def __str__(self) -> str:
        return self.name


FP32 = Precision("fp32", 32, 32, "f32")
BF16 = Precision("bf16", 16, 16, "bf16")
FP16 = Precision("fp16", 16, 16, "f16")
INT8 = Precision("int8", 8, 8, "i8")

FLOATS = {precision.compute_type: precision for precision in (FP32, BF16, FP16)}
"""The floating-point precisions by the type that OpenVINO's `inference_precision` names."""

FLOAT_NAMES = frozenset(precision.name for precision in FLOATS.values())
"""Names of the floating-point precisions; every other precision quantizes."""


def int8_variant(name: str, *, new_weights: bool = False) -> Precision:
    """Return INT8 as a recipe makes it, with other ranges, biases or weights."""
    return Precision(name, 8, 8, "i8", new_weights)


def compressed_weights(name: str, bits: int, compute_type: ComputeType = "f32") -> Precision:
    """Return a precision with weights of `bits` bits, computed in floating point.

    Args:
        name: of the precision.
        bits: of a stored weight, scales not counted.
        compute_type: the deployment's floating-point type.
    """
    return Precision(name, bits, FLOATS[compute_type].activation_bits, compute_type)


@dataclass(frozen=True, slots=True)
class Group:
    """Operations whose precision changes together.

    Attributes:
        name: that of its first operation; unique.
        operations: names of the operations that run at the group's precision, network order.
        quantizers: names of the FakeQuantize operations that are removed when it falls back.
        precisions: at which it may run, FP32 included.
    """

    name: str
    operations: tuple[str, ...]
    quantizers: tuple[str, ...]
    precisions: tuple[Precision, ...] = (INT8, FP32)

    @property
    def default_float(self) -> Precision:
        """The floating-point precision without pinning: the deployment's."""
        return next(
            (precision for precision in self.precisions if precision.is_reduced_float), FP32
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A precision for every group, in the order of the groups."""

    precisions: tuple[Precision, ...]

    @classmethod
    def uniform(cls, groups: Sequence[Group], precision: Precision) -> "Candidate":
        """Return all groups at one precision; groups without it are in floating point.

        A group without quantizers has no INT8, and one without compressed weights has no compressed
        precision. Such groups run at the deployment's floating point.
        """
        return cls(
            tuple(
                precision
                if precision in group.precisions or (group.quantizers and not precision.is_float)
                else group.default_float
                for group in groups
            )
        )

    @classmethod
    def only(cls, count: int, index: int, precision: Precision) -> "Candidate":
        """Return one group of `count` at `precision`, all others at FP32."""
        return cls(tuple(precision if i == index else FP32 for i in range(count)))

    def replaced(self, index: int, precision: Precision) -> "Candidate":
        """Return the candidate with another precision for one group."""
        changed = list(self.precisions)
        changed[index] = precision
        return Candidate(tuple(changed))

    @property
    def fallen_back(self) -> tuple[int, ...]:
        """Indices of the groups at FP32."""
        return tuple(i for i, precision in enumerate(self.precisions) if precision == FP32)

    @property
    def is_fp32(self) -> bool:
        """Whether every group is at FP32, as in the trained model."""
        return all(precision == FP32 for precision in self.precisions)

    def __iter__(self) -> Iterator[Precision]:
        return iter(self.precisions)

    def __len__(self) -> int:
        return len(self.precisions)
