"""Fake quantization with straight-through gradients, and the grid that it is learned on.

The quantizers that NNCF places map an interval to itself, in `levels` steps, such that zero is a
step. So a range is a scale and a whole offset: `low = scale * offset`, `high = scale * (offset +
levels - 1)`. The offset stays; the scale is learned, as its logarithm. The gradient of the scale
is that of LSQ (Esser et al., 2020, https://arxiv.org/abs/1902.08153): through the rounding as if
it were the identity, and through the clipped values as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Grid:
    """What a FakeQuantize's five constants say.

    Attributes:
        scale: step, of the range's shape.
        offset: the whole number that the lowest value stands for, of the range's shape.
        levels: how many steps.
    """

    scale: NDArray[np.float32]
    offset: NDArray[np.float32]
    levels: int

    @property
    def ranges(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Lowest and highest value that can be represented."""
        low = self.scale * self.offset
        high = self.scale * (self.offset + np.float32(self.levels - 1))
        return low.astype(np.float32), high.astype(np.float32)


def grid_of(levels: int, ranges: Sequence[NDArray[np.floating]]) -> Grid | None:
    """The grid of a FakeQuantize; None if it does more than round to one.

    Args:
        levels: its attribute.
        ranges: input low, input high, output low, output high.
    """
    low, high = (np.asarray(values, np.float64) for values in ranges[:2])
    same = all(
        np.allclose(given, made, rtol=1e-5, atol=0)
        for given, made in zip(ranges[2:], ranges, strict=False)
    )
    scale = (high - low) / (levels - 1)
    if not same or not np.all(scale > 0):
        return None
    offset = np.round(low / scale)
    if np.abs(low / scale - offset).max() > 0.02:
        return None
    return Grid(np.asarray(scale, np.float32), np.asarray(offset, np.float32), levels)


def round_through(values: Tensor) -> Tensor:
    """Rounded to the nearest whole number, halves to even; the gradient is that of the identity."""
    return values + (torch.round(values) - values).detach()


def quantize(values: Tensor, scale: Tensor, offset: Tensor, levels: int) -> Tensor:
    """Values on the grid, with LSQ's gradients for values and scale."""
    steps = values / scale
    bounded = torch.minimum(torch.maximum(steps, offset), offset + (levels - 1))
    return round_through(bounded) * scale


def fixed_quantize(tensor: Tensor, ranges: Sequence[Tensor], levels: int) -> Tensor:
    """Apply OpenVINO's full formula, for quantizers whose ranges are not learned."""
    low, high, out_low, out_high = ranges
    bounded = torch.minimum(
        torch.maximum(tensor, torch.minimum(low, high)), torch.maximum(low, high)
    )
    steps = (bounded - low) / (high - low) * (levels - 1)
    rounded = steps + (torch.round(steps) - steps).detach()
    return rounded / (levels - 1) * (out_high - out_low) + out_low
