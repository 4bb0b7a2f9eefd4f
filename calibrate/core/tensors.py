"""Samples as the model takes them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.sample import Facts

Record = TypeVar("Record")


class Rows(Protocol):
    """An array [N, ...] of which rows are taken: one of numpy's, or one that a file holds."""

    @property
    def shape(self) -> tuple[int, ...]:
        """With the number of rows first."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of an element."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...  # noqa: ANN401  # numpy's own indices

    def __iter__(self) -> Iterator[Any]: ...


class RecordStore(Protocol):
    """Bounds the memory that records of samples take."""

    def stow(self, record: Record) -> Record:
        """A record to keep in the place of the given one."""
        ...

    def fetch(self, record: Record) -> Record:
        """The record as it was given."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Tensors:
    """Samples ready for inference, in the order of the items.

    Attributes:
        inputs: one array a model input, [N, ...] in its dtype, in memory or in a file.
        facts: what decoders and metrics need of each sample.
        digests: of each sample's decoded content, before preprocessing; equal content has an
            equal digest.
        skipped: message of each sample that was left out.
        room: for what else is kept of the samples; None: all the memory there is.
        batch_axes: of each input, None where it has no dimension for the batch; empty: the first
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
        """How many samples one inference takes.

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
        """One inference's inputs: views where the indices are one sample, copies else.

        A batch that is not full is filled up with its last sample.
        """
        rows = [*indices, *[indices[-1]] * (batch - len(indices))]
        axes = self.batch_axes or (0,) * len(self.inputs)
        return {
            number: _along(array, rows, axis)
            for number, (array, axis) in enumerate(zip(self.inputs, axes, strict=True))
        }

    def digest(self) -> str:
        """Of all content and annotation facts, for the journal and the certificate."""
        joined = hashlib.sha256()
        for digest, facts in zip(self.digests, self.facts, strict=True):
            joined.update(digest.encode())
            joined.update(_annotation_bytes(facts))
        return joined.hexdigest()


def _along(array: Rows, rows: Sequence[int], axis: int | None) -> NDArray[np.generic]:
    """Samples of an input along its batch axis; the one sample where it has none."""
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
