"""The inputs of each update, determined by seed and step, so tuning can resume."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Feed = Mapping[int, NDArray[Any]]
Inputs = tuple[Tensor, ...]
"""The inputs of one inference in the model's order."""

_COLOURS = 3


def inputs_of(feed: Feed) -> Inputs:
    """Convert a feed to tensors."""
    return tuple(torch.from_numpy(np.array(feed[index])) for index in sorted(feed))


def draw(count: int, batch: int, step: int, seed: int) -> list[int]:
    """Return which of `count` images an update uses: each once before any is repeated."""
    chosen = []
    for place in range(step * batch, (step + 1) * batch):
        epoch, position = divmod(place, count)
        order = np.random.default_rng([seed, epoch]).permutation(count)
        chosen.append(int(order[position]))
    return chosen


def mirrored(inputs: Inputs, step: int, place: int, seed: int) -> Inputs:
    """Mirror colour images in half of the draws."""
    if np.random.default_rng([seed, 1, step, place]).random() < 0.5:
        return inputs
    return tuple(_mirror(tensor) for tensor in inputs)


def _mirror(tensor: Tensor) -> Tensor:
    if tensor.dim() != 4 or not tensor.is_floating_point():
        return tensor
    if tensor.shape[1] == _COLOURS:
        return tensor.flip(3)
    return tensor.flip(2) if tensor.shape[3] == _COLOURS else tensor


def stacked(samples: Sequence[Inputs]) -> Inputs:
    """Concatenate samples to one batch."""
    return tuple(torch.cat(tensors) for tensors in zip(*samples, strict=True))
