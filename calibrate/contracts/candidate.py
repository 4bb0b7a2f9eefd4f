"""The records that carry the search: groups, precisions, candidates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Precision = str
"""What a group may run at: `fp32`, `int8`, or a variant of INT8 named by its recipe."""

FP32: Precision = "fp32"
INT8: Precision = "int8"


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
        """All groups at one precision."""
        return cls((precision,) * len(groups))

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
