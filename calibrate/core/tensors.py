"""Samples as input tensors of the model."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.sample import Facts

Record = TypeVar("Record")


class Rows(Protocol):
    """An array [N, ...] that is read by rows: a numpy array, or one in a file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape; the number of rows comes first."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of an element."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...  # noqa: ANN401  # numpy's own indices

    def __iter__(self) -> Iterator[Any]: ...


class RecordStore(Protocol):
    """Limits the memory that records of samples take."""

    def stow(self, record: Record) -> Record:
        """Return a record to keep instead of the given one."""
        ...

    def fetch(self, record: Record) -> Record:
        """Return the original record."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Tensors:
    """Samples ready for inference, in the order of the items.

    Attributes:
        inputs: one array per model input, [N, ...] in its dtype, in memory or in a file.
        facts: what decoders and metrics need of each sample.
        digests: of each sample's decoded content, before preprocessing; equal content has an
            equal digest.
        skipped: message of each sample that was left out.
        room: store for further records of the samples; None: unlimited memory.
        batch_axes: of each input, None if it has no batch dimension; empty: the first
            dimension of all inputs.
    """

    inputs: tuple[Rows, ...]
    facts: Sequence[Facts]
    digests: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    room: RecordStore | None = None
    batch_axes: tuple[int | None, ...] = ()

    def __len__(self) -> int:
        return len(self.facts)

    def batch(self, shapes: Sequence[Sequence[int]]) -> int:
        """Return the number of samples in one inference.

        Args:
            shapes: of the model's inputs, static, in order.
        """
        axes = self.batch_axes or (0,) * len(shapes)
        lengths = [
            shape[axis]
            for shape, axis in zip(shapes, axes, strict=True)
            if axis is not None and len(shape) > axis
        ]
        return lengths[0] if lengths else 1

    def feed(self, indices: Sequence[int], batch: int) -> dict[int, NDArray[np.generic]]:
        """Return the inputs of one inference: views for a single sample, otherwise copies.

        An incomplete batch is filled with its last sample.
        """
        rows = [*indices, *[indices[-1]] * (batch - len(indices))]
        axes = self.batch_axes or (0,) * len(self.inputs)
        return {
            number: _along(array, rows, axis)
            for number, (array, axis) in enumerate(zip(self.inputs, axes, strict=True))
        }

    def first(self, count: int) -> "Tensors":
        """Return at most `count` samples, in memory."""
        return Tensors(
            tuple(np.array(array[:count]) for array in self.inputs),
            list(self.facts[:count]),
            self.digests[:count],
            batch_axes=self.batch_axes,
        )

    def digest(self) -> str:
        """Return the digest of all content and annotations, for the journal and the certificate."""
        joined = hashlib.sha256()
        for digest, facts in zip(self.digests, self.facts, strict=True):
            joined.update(digest.encode())
            joined.update(_annotation_bytes(facts))
        return joined.hexdigest()


def _along(array: Rows, rows: Sequence[int], axis: int | None) -> NDArray[np.generic]:
    """Return samples of an input along its batch axis; the single sample without one."""
    if axis is None:
        return np.asarray(array[rows[0]])
    if len(rows) == 1 and axis == 0:
        return np.asarray(array[rows[0] : rows[0] + 1])
    return np.ascontiguousarray(np.moveaxis(array[list(rows)], 0, axis))


def _annotation_bytes(facts: Facts) -> bytes:
    annotation = facts.annotation
    if annotation is None:
        return b"-"
    parts = [type(annotation).__name__.encode()]
    for name in annotation.__dataclass_fields__:
        value = getattr(annotation, name)
        parts.append(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    return b"|".join(parts)
