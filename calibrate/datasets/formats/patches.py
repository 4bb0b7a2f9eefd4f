"""Patches that cover a volume: where they begin, and which voxels each is the first to cover."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int, int]
"""D, H and W in voxels."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of a volume.

    Attributes:
        start: first voxel along D, H and W.
        covered: voxels along each axis, counted from `start`, that an earlier patch covers.
    """

    start: Size
    covered: Size


def patches(shape: Size, size: Size) -> list[Patch]:
    """Patches that cover a volume: the last along an axis ends at the border.

    Args:
        shape: of the volume; sides smaller than the patch are padded by `cut`.
        size: of a patch.
    """
    axes = [_starts(side, length) for side, length in zip(shape, size, strict=True)]
    return [
        Patch((z[0], y[0], x[0]), (z[1], y[1], x[1]))
        for z, y, x in product(axes[0], axes[1], axes[2])
    ]


def _starts(side: int, length: int) -> Sequence[tuple[int, int]]:
    count = max(1, -(-side // length))
    starts = [min(i * length, max(side - length, 0)) for i in range(count)]
    return [(start, i * length - start) for i, start in enumerate(starts)]


def cut(volume: NDArray[Any], patch: Patch, size: Size, *, fill: float) -> NDArray[Any]:
    """The voxels of a patch; what lies beyond the volume gets `fill`.

    Args:
        volume: [..., D, H, W].
        patch: of it.
        size: of the patch.
        fill: for sides that are smaller than the patch.

    Returns:
        [..., *size].
    """
    z, y, x = (slice(a, a + n) for a, n in zip(patch.start, size, strict=True))
    inner = volume[..., z, y, x]
    missing = [(0, n - have) for n, have in zip(size, inner.shape[-3:], strict=True)]
    border = [(0, 0)] * (volume.ndim - 3) + missing
    return np.pad(inner, border, constant_values=fill)


def first_covered(patch: Patch, size: Size) -> NDArray[np.bool_]:
    """Voxels of a patch that no earlier patch covers: [D, H, W] bool.

    With the others ignored, each voxel of the volume counts once.
    """
    new = np.ones(size, np.bool_)
    z, y, x = patch.covered
    new[:z], new[:, :y], new[:, :, :x] = False, False, False
    return new
