"""Which dimension of each input counts samples, by the shapes of inputs and of one sample."""

from collections.abc import Mapping, Sequence

Shape = tuple[int, ...]

OPEN = -1
"""A dimension that the model leaves open."""


Axes = Mapping[int | None, int]
"""Axes that may be the batch, with the number of samples there; None: the input has no batch."""


def choose_batch_axes(candidates: Sequence[Axes]) -> tuple[int | None, ...] | None:
    """The batch axis of each input, such that all inputs take the same number of samples.

    An input of a sample's own shape has none, which goes with one sample an inference only. Where
    several choices fit, the one with the fewest samples is taken, then the first axes: of an input
    [2, ?, 16] and a sample [2, 16] the open dimension is the batch, not the 2.

    Args:
        candidates: of each input, by `possible_axes`.

    Returns:
        The axes, None for an input without a batch; None where nothing fits.
    """
    batches = {length for options in candidates for length in options.values() if length != OPEN}
    for batch in sorted({1, *batches}):
        chosen = [
            [axis for axis, length in options.items() if length in (OPEN, batch)]
            for options in candidates
        ]
        if all(chosen):
            return tuple(axes[0] for axes in chosen)
    return None


def possible_axes(shape: Shape, sample: Shape) -> Axes:
    """Axes that may be the batch of an input; empty where a sample does not fit it.

    Args:
        shape: of the input, -1 for open dimensions.
        sample: of one sample's data.
    """
    if len(shape) == len(sample):
        return {None: 1} if _fits(shape, sample) else {}
    if len(shape) != len(sample) + 1:
        return {}
    return {
        axis: length
        for axis, length in enumerate(shape)
        if _fits((*shape[:axis], *shape[axis + 1 :]), sample)
    }


def _fits(shape: Shape, sample: Shape) -> bool:
    return all(wanted in (OPEN, length) for wanted, length in zip(shape, sample, strict=True))
