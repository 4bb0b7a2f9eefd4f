"""The records that carry the search: groups, precisions, candidates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Precision = str
"""What a group may run at: `fp32`, `int8`, a variant of INT8 named by its recipe, or weights alone
in fewer bits, by a name that ends in `_weights`."""

FP32: Precision = "fp32"
INT8: Precision = "int8"


def compresses_weights(precision: Precision) -> bool:
    """Whether only the weights are stored in fewer bits."""
    return precision.endswith("_weights")


def in_floating_point(precision: Precision) -> bool:
    """Whether the group computes on floating point, so that nothing is converted around it."""
    return precision == FP32 or compresses_weights(precision)


@dataclass(frozen=True, slots=True)
class Group:
    """Operations whose precision changes together.

    Attributes:
        name: that of its first operation; unique.
        operations: names of the operations that run at the group's precision, network order.
        quantizers: names of the FakeQuantize operations that go when it falls back.
        precisions: what it may run at, FP32 included, cheapest cure last.
    """

    name: str
    operations: tuple[str, ...]
    quantizers: tuple[str, ...]
    precisions: tuple[Precision, ...] = (INT8, FP32)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A precision for every group, in the order of the groups."""

    precisions: tuple[Precision, ...]

    @classmethod
    def uniform(cls, groups: Sequence[Group], precision: Precision) -> "Candidate":
        """All groups at one precision; those that cannot be at it in FP32.

        A group without quantizers has no INT8, one without compressed weights nothing else.
        """
        return cls(
            tuple(
                precision
                if precision in group.precisions
                or (group.quantizers and not compresses_weights(precision))
                else FP32
                for group in groups
            )
        )

    @classmethod
    def only(cls, count: int, index: int, precision: Precision) -> "Candidate":
        """One group of `count` at `precision`, all others at FP32."""
        return cls(tuple(precision if i == index else FP32 for i in range(count)))

    def replaced(self, index: int, precision: Precision) -> "Candidate":
        """The same with another precision for one group."""
        changed = list(self.precisions)
        changed[index] = precision
        return Candidate(tuple(changed))

    @property
    def fallen_back(self) -> tuple[int, ...]:
        """Indices of the groups at FP32."""
        return tuple(i for i, precision in enumerate(self.precisions) if precision == FP32)

    def __iter__(self) -> Iterator[Precision]:
        return iter(self.precisions)

    def __len__(self) -> int:
        return len(self.precisions)
