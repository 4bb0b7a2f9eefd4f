"""Arithmetic of detection heads: grids of cells, anchors, distances, SSD's priors.

Heads are float32 and without the batch dimension; boxes come out as xmin ymin xmax ymax.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from calibrate.core.boxes import Boxes, from_centres
from calibrate.errors import CalibrateError

Floats = NDArray[np.float32]

Activation = Literal["none", "sigmoid", "softmax"]
"""What is still to be applied to scores for them to be probabilities."""

Size = tuple[int, int]
"""Height and width."""

# e^10 times an anchor is wider than any image, and still far from overflow.
_LARGEST_EXPONENT = 10.0


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-values)), without overflow."""
    return np.asarray(expit(values), np.float32)


def probabilities(scores: Floats, activation: Activation, background: int | None) -> Floats:
    """Probabilities of the classes that are objects.

    Args:
        scores: [N, C].
        activation: what is applied to each row.
        background: the column that means no object and is left out after that; -1: the last.
    """
    if activation == "softmax":
        scores = np.asarray(softmax(scores, axis=1), np.float32)
    elif activation == "sigmoid":
        scores = sigmoid(scores)
    return scores if background is None else np.delete(scores, background, axis=1)


def cells(height: int, width: int) -> Floats:
    """Column and row of each cell of a grid, row by row: [height * width, 2]."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows], axis=-1).reshape(-1, 2).astype(np.float32)


def grid_sizes(count: int, strides: Sequence[int], input_size: Size | None) -> list[Size]:
    """The grid of each level of a head that joins its levels in rows.

    Args:
        count: rows that there are.
        strides: pixels a cell, one a level, in the order of the rows.
        input_size: of the model; None: it is square, which the count then gives.

    Raises:
        CalibrateError: no input of that kind gives this count.
    """
    if input_size is None:
        side = round((count / sum(stride**-2 for stride in strides)) ** 0.5)
        near = range(max(1, side - max(strides)), side + max(strides) + 1)
        # Any side of a run that gives the same grids will do.
        sides = [(length, length) for length in near]
    else:
        sides = [input_size]
    for height, width in sides:
        sizes = [(-(-height // stride), -(-width // stride)) for stride in strides]
        if sum(rows * columns for rows, columns in sizes) == count:
            return sizes
    kind = f"an input of {input_size}" if input_size else "a square input"
    raise CalibrateError(
        f"{count} rows do not fit {kind} at strides {list(strides)}",
        hint="set `input_size: [height, width]` and `strides` to the model's",
    )


def level_cells(
    count: int, strides: Sequence[int], input_size: Size | None
) -> tuple[Floats, Floats]:
    """Column and row [count, 2] and stride [count, 1] of each row of a joined head."""
    sizes = grid_sizes(count, strides, input_size)
    places = [cells(*size) for size in sizes]
    steps = [
        np.full((len(level), 1), stride, np.float32)
        for level, stride in zip(places, strides, strict=True)
    ]
    return np.concatenate(places), np.concatenate(steps)


def channels_first(head: Floats, channels: int) -> Floats:
    """A head [channels, H, W] or [H, W, channels] as [channels, H, W]."""
    return head if head.shape[0] == channels else head.transpose(2, 0, 1)


def grown(values: Floats) -> Floats:
    """exp(values), of values that an untrained or broken head makes large too."""
    return np.exp(np.minimum(values, _LARGEST_EXPONENT), dtype=np.float32)


def expected_distance(logits: Floats) -> Floats:
    """The mean of a distribution over 0, 1 ... bins - 1: logits [..., bins] to [...].

    Source: Li et al., Generalized Focal Loss, 2020.
    """
    share = softmax(logits, axis=-1)
    return np.asarray(share @ np.arange(logits.shape[-1], dtype=np.float32), np.float32)


def ssd_boxes(locations: Floats, priors: Boxes, variances: Floats) -> Boxes:
    """SSD's centre-size code: centre moved by the prior's size, size multiplied by an exponential.

    Args:
        locations: [N, 4], what the network says: dx, dy, dw, dh.
        priors: [N, 4], xmin ymin xmax ymax.
        variances: [4] or [N, 4], factors of the locations.

    Returns:
        [N, 4] in the unit of the priors. Source: Liu et al., SSD, 2016, equation 2.
    """
    size = priors[:, 2:] - priors[:, :2]
    centre = priors[:, :2] + size / 2
    scaled = locations * variances
    return from_centres(
        np.concatenate([centre + scaled[:, :2] * size, size * grown(scaled[:, 2:])], axis=1)
    )
