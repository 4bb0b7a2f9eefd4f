"""Samples as a sequence of inferences, each made when it is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any, overload

from numpy.typing import NDArray

from calibrate.core.tensors import Tensors

Feed = Mapping[int, NDArray[Any]]
"""One inference's inputs, by the index of the model's input, batch included."""


class CalibrationBatches(Sequence[Feed]):
    """The inputs of samples, a batch at a time; none is kept.

    Args:
        tensors: the samples.
        indices: which of them, in this order.
        batch: samples an inference; the last one is filled up with its last sample.
    """

    def __init__(self, tensors: Tensors, indices: Sequence[int], batch: int) -> None:
        self._tensors = tensors
        self._batch = batch
        self._chunks = [indices[start : start + batch] for start in range(0, len(indices), batch)]

    def __len__(self) -> int:
        return len(self._chunks)

    @overload
    def __getitem__(self, index: int) -> Feed: ...
    @overload
    def __getitem__(self, index: slice) -> "CalibrationBatches": ...
    def __getitem__(self, index: int | slice) -> "Feed | CalibrationBatches":
        if isinstance(index, slice):
            chosen = [entry for chunk in self._chunks[index] for entry in chunk]
            return CalibrationBatches(self._tensors, chosen, self._batch)
        return self._tensors.feed(self._chunks[index], self._batch)
