"""Class maps and masks brought onto one grid of pixels.

Pixel (row, column) covers the square from (row, column) to (row + 1, column + 1), so its centre
is at halves; a map of another size than the image that it covers is stretched over it.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.sample import Geometry
from calibrate.errors import CalibrateError

Floats = NDArray[np.float64]
Grid = tuple[Floats, Floats]
"""Positions of the rows [H] and of the columns [W] of a target grid, in pixels of a map."""


def grid(
    geometry: Geometry, shape: tuple[int, int], to: Literal["input", "mask"], where: str = ""
) -> Grid:
    """Where the pixel centres of the model's input, or of the source image, are in a map.

    Args:
        geometry: of the sample.
        shape: height and width of the map, which covers the whole input.
        to: `input`: the target grid is that of the input; `mask`: that of the source image.
        where: the sample, for messages.

    Raises:
        CalibrateError: part of the source image is not in the input, so has no prediction.
    """
    g = geometry
    if to == "input":
        rows, columns = np.arange(g.height) + 0.5, np.arange(g.width) + 0.5
    else:
        rows = (np.arange(g.source_height) + 0.5) * g.scale_y + g.offset_y
        columns = (np.arange(g.source_width) + 0.5) * g.scale_x + g.offset_x
        if min(rows[0], columns[0]) < 0 or rows[-1] > g.height or columns[-1] > g.width:
            raise CalibrateError(
                "the preprocessing cuts off part of the image, which has no prediction",
                where,
                "compare with resize_to: input, or resize instead of cropping",
            )
    return rows * shape[0] / g.height, columns * shape[1] / g.width


def nearest(classes: NDArray[Any], at: Grid) -> NDArray[Any]:
    """The class map [H, W] at the grid's points, each from the pixel that it falls in."""
    rows, columns = (
        np.clip(np.floor(position).astype(np.intp), 0, length - 1)
        for position, length in zip(at, classes.shape, strict=True)
    )
    return classes[np.ix_(rows, columns)]


def arg_max_at(logits: NDArray[Any], at: Grid) -> NDArray[np.integer]:
    """The class of the highest logit at the grid's points, logits interpolated bilinearly.

    Args:
        logits: [C, H, W].
        at: the points; the edge counts on outside of the outermost pixel centres.

    Returns:
        [rows, columns] uint8, or int32 where there are more than 256 classes.
    """
    row, next_row, row_share = _neighbours(at[0], logits.shape[1])
    column, next_column, column_share = _neighbours(at[1], logits.shape[2])
    shape = (len(at[0]), len(at[1]))
    best = np.full(shape, -np.inf, np.float32)
    classes = np.zeros(shape, class_dtype(logits.shape[0]))
    # A class at a time: all of them at the target's size would take gigabytes.
    for index, plane in enumerate(logits.astype(np.float32, copy=False)):
        lines = plane[row] + (plane[next_row] - plane[row]) * row_share[:, np.newaxis]
        left = lines[:, column]
        value = left + (lines[:, next_column] - left) * column_share
        better = value > best
        best[better] = value[better]
        classes[better] = index
    return classes


def interpolated(plane: NDArray[np.float32], at: Grid) -> NDArray[np.float32]:
    """Numbers of a plane [H, W] at the grid's points, interpolated bilinearly.

    The edge counts on outside of the outermost pixel centres.
    """
    row, next_row, row_share = _neighbours(at[0], plane.shape[0])
    column, next_column, column_share = _neighbours(at[1], plane.shape[1])
    lines = plane[row] + (plane[next_row] - plane[row]) * row_share[:, np.newaxis]
    left = lines[:, column]
    result: NDArray[np.float32] = left + (lines[:, next_column] - left) * column_share
    return result


def mask_at_input(
    mask: NDArray[np.integer], geometry: Geometry, shape: tuple[int, int], ignore: int
) -> NDArray[np.integer]:
    """A mask of the source image on the grid of a map that covers the input.

    Args:
        mask: [H, W] class ids at the size of the source image.
        geometry: of the sample.
        shape: height and width of the result.
        ignore: the id given to pixels of the input that the source image does not cover.

    Returns:
        `shape` class ids, each from the source pixel that its centre falls in. For a plain resize
        this is Pillow's NEAREST.
    """
    g = geometry
    rows = ((np.arange(shape[0]) + 0.5) * g.height / shape[0] - g.offset_y) / g.scale_y
    columns = ((np.arange(shape[1]) + 0.5) * g.width / shape[1] - g.offset_x) / g.scale_x
    # The mask may have been stored at another size than the image.
    rows *= mask.shape[0] / g.source_height
    columns *= mask.shape[1] / g.source_width
    outside_rows = (rows < 0) | (rows >= mask.shape[0])
    outside_columns = (columns < 0) | (columns >= mask.shape[1])
    result = nearest(mask, (rows, columns))
    if outside_rows.any() or outside_columns.any():
        result = result.astype(np.result_type(mask.dtype, np.min_scalar_type(ignore)))
        result[outside_rows] = ignore
        result[:, outside_columns] = ignore
    return result


def class_dtype(classes: int) -> type[np.integer]:
    """The smallest dtype of the two that masks have: uint8 or int32."""
    return np.uint8 if classes <= 256 else np.int32


def _neighbours(
    positions: Floats, length: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    at = np.clip(positions - 0.5, 0, length - 1)
    first = np.floor(at).astype(np.intp)
    return first, np.minimum(first + 1, length - 1), (at - first).astype(np.float32)
