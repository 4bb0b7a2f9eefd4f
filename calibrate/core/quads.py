"""Arithmetic of oriented boxes: convex quadrangles, [N, 4, 2] corners x, y in order around them."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Quads = NDArray[np.float32]

_MOST_PAIRS = 1 << 16
"""Pairs whose overlap is computed at once, which limits the memory."""


def quads_of(centres: NDArray[np.float32], angles: NDArray[np.float32]) -> Quads:
    """Return the corners of rotated rectangles, [N, 4, 2] float32.

    Args:
        centres: [N, 4] centre x, centre y, width, height.
        angles: [N] radians from the x axis to the width, towards the y axis.
    """
    cosine, sine = np.cos(angles)[:, None], np.sin(angles)[:, None]
    along = np.concatenate([cosine, sine], axis=1) * centres[:, 2:3] / 2
    across = np.concatenate([-sine, cosine], axis=1) * centres[:, 3:4] / 2
    middle = centres[:, :2]
    corners = [middle - along - across, middle + along - across]
    corners += [middle + along + across, middle - along + across]
    return np.stack(corners, axis=1).astype(np.float32)


def upright(boxes: NDArray[np.float32]) -> Quads:
    """Return the corners of boxes [N, 4] xmin ymin xmax ymax."""
    places = [[0, 1], [2, 1], [2, 3], [0, 3]]
    return boxes[:, places].astype(np.float32)


def enclosing(quads: Quads) -> NDArray[np.float32]:
    """Return the upright boxes around quadrangles, [N, 4] xmin ymin xmax ymax."""
    if not len(quads):
        return np.zeros((0, 4), np.float32)
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)


def quad_areas(quads: NDArray[np.floating]) -> Floats:
    """Return the areas [N] of quadrangles."""
    return np.abs(_signed_areas(quads.astype(np.float64)))


def quad_iou(first: Quads, second: Quads) -> Floats:
    """Return intersection over union of every pair of convex quadrangles: [N, M], 0-1.

    As DOTA's `polyiou`: the area of the common polygon over that of the union. Quadrangles without
    area have an overlap of 0, also with themselves.
    """
    rows, columns = (grid.ravel() for grid in np.indices((len(first), len(second))))
    both = np.concatenate([first, second]) if len(first) else second
    return pair_quad_iou(both, rows, columns + len(first)).reshape(len(first), len(second))


def pair_quad_iou(
    quads: Quads, first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return intersection over union [P] of pairs of convex quadrangles, by their indices."""
    overlaps = np.zeros(len(first))
    boxes, sizes = enclosing(quads), quad_areas(quads)
    mine, others = boxes[first], boxes[second]
    apart = (mine[:, :2] >= others[:, 2:]) | (mine[:, 2:] <= others[:, :2])
    near = np.flatnonzero(~apart.any(axis=1))
    for start in range(0, len(near), _MOST_PAIRS):
        pairs = near[start : start + _MOST_PAIRS]
        row, column = first[pairs], second[pairs]
        shared = _common_areas(quads[row].astype(np.float64), quads[column].astype(np.float64))
        union = sizes[row] + sizes[column] - shared
        ratio = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
        overlaps[pairs] = np.clip(ratio, 0.0, 1.0)
    return overlaps


def _common_areas(first: Floats, second: Floats) -> Floats:
    """Return the areas [P] of the common polygons of pairs of quadrangles, both [P, 4, 2].

    The corners of a common polygon are corners of one quadrangle inside the other, and crossings of
    their sides; in the order of their angles around its middle they give its area.
    """
    # Distances from the first corner keep their digits where coordinates are large.
    origin = first[:, :1]
    mine, other = _turned(first - origin), _turned(second - origin)
    crossings, cross = _crossings(mine, other)
    points = np.concatenate([mine, other, crossings], axis=1)
    valid = np.concatenate([_inside(mine, other), _inside(other, mine), cross], axis=1)
    count = valid.sum(axis=1)
    middle = np.where(valid[..., None], points, 0.0).sum(axis=1) / np.maximum(count, 1)[:, None]
    around = points - middle[:, None]
    angles = np.where(valid, np.arctan2(around[..., 1], around[..., 0]), np.inf)
    order = np.argsort(angles, axis=1)
    ring = np.take_along_axis(around, order[..., None], axis=1)
    # Places behind the last corner repeat the first one, so they add no area.
    places = np.arange(points.shape[1])[None, :, None]
    ring = np.where(places < count[:, None, None], ring, ring[:, :1])
    return np.where(count > 2, np.abs(_signed_areas(ring)), 0.0)


def _signed_areas(rings: Floats) -> Floats:
    following = np.roll(rings, -1, axis=1)
    return np.asarray(
        (rings[..., 0] * following[..., 1] - rings[..., 1] * following[..., 0]).sum(axis=1) / 2
    )


def _turned(quads: Floats) -> Floats:
    """Return the quadrangles with all corners in the same turning direction."""
    return np.where((_signed_areas(quads) < 0)[:, None, None], quads[:, ::-1], quads)


def _inside(points: Floats, quads: Floats) -> NDArray[np.bool_]:
    """Return which points [P, 4] are inside of their quadrangle, or on its sides."""
    start = quads[:, None]
    side = np.roll(quads, -1, axis=1)[:, None] - start
    to_point = points[:, :, None] - start
    turn = side[..., 0] * to_point[..., 1] - side[..., 1] * to_point[..., 0]
    slack = 1e-9 * np.square(side).sum(axis=3)
    return np.asarray((turn >= -slack).all(axis=2))


def _crossings(first: Floats, second: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the crossings of all pairs of sides, [P, 16, 2], and which exist [P, 16]."""
    start, other_start = first[:, :, None], second[:, None]
    side = np.roll(first, -1, axis=1)[:, :, None] - start
    other = np.roll(second, -1, axis=1)[:, None] - other_start
    apart = other_start - start
    turn = side[..., 0] * other[..., 1] - side[..., 1] * other[..., 0]
    parallel = np.square(turn) <= 1e-18 * np.square(side).sum(axis=3) * np.square(other).sum(axis=3)
    scale = np.where(parallel, 1.0, turn)
    along = (apart[..., 0] * other[..., 1] - apart[..., 1] * other[..., 0]) / scale
    along_other = (apart[..., 0] * side[..., 1] - apart[..., 1] * side[..., 0]) / scale
    within = (along >= 0) & (along <= 1) & (along_other >= 0) & (along_other <= 1)
    points = start + along[..., None] * side
    shape = (len(first), 16)
    return points.reshape(*shape, 2), (within & ~parallel).reshape(shape)
