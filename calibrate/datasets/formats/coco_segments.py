"""Outlines of COCO objects: polygons or run lengths, kept small, and drawn as masks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from calibrate.errors import CalibrateError

Polygons = tuple[NDArray[np.float64], ...]
"""Rings of one object: x, y, x, y ... in pixels."""

RunLengths = Mapping[str, Any]
"""COCO's `size` (height, width) and `counts`: text, or [runs] int64, column by column."""

Segments = Polygons | RunLengths


def compact(value: object) -> object:
    """A `segmentation` in a form that takes little memory; what is malformed stays as it is."""
    try:
        if isinstance(value, list):
            return tuple(np.array(ring, np.float64) for ring in value)
        if isinstance(value, dict) and isinstance(value.get("counts"), list):
            return {**value, "counts": np.array(value["counts"], np.int64)}
    except (TypeError, ValueError, OverflowError):
        return value
    return value


def segments_problem(value: object, height: int, width: int) -> str:
    """Why an outline cannot be drawn; empty when it can.

    Args:
        value: as `compact` gives it.
        height: of the image, pixels; 0 where the file does not tell.
        width: of the image.
    """
    if not height or not width:
        return "an outline needs the image's height and width, which the file does not tell"
    if isinstance(value, tuple):
        return _polygons_problem(value, height, width)
    if isinstance(value, Mapping):
        return _runs_problem(value, height, width)
    return "segmentation is neither a list of polygons nor run lengths"


def _polygons_problem(rings: Polygons, height: int, width: int) -> str:
    if not rings:
        return "the segmentation is empty"
    for ring in rings:
        if ring.ndim != 1 or ring.size < 6 or ring.size % 2:
            return "a polygon is not a flat list of at least three points, x and y of each"
        if not np.isfinite(ring).all():
            return "a polygon has a coordinate that is not finite"
        # Drawing takes time and memory by the length of the lines, so they are bounded.
        limits = np.array([width, height], np.float64)
        points = ring.reshape(-1, 2)
        if (points < -limits).any() or (points > 2 * limits).any():
            return f"a polygon lies far outside the {width}x{height} image"
    return ""


def _runs_problem(runs: RunLengths, height: int, width: int) -> str:
    if runs.get("size") != [height, width]:
        return f"the run lengths are of size {runs.get('size')}, the image's is [{height}, {width}]"
    counts = runs.get("counts")
    if isinstance(counts, str):
        # Six bits a letter, the sixth says that the number goes on; the last one must not.
        letters = np.frombuffer(counts.encode("utf-8", "replace"), np.uint8)
        valid = bool(letters.size) and bool(((letters >= 48) & (letters < 112)).all())
        if not valid or (int(letters[-1]) - 48) & 0x20:
            return "the counts are not COCO's compressed run lengths"
        return ""
    if not isinstance(counts, np.ndarray) or counts.ndim != 1:
        return "the run lengths have no counts"
    if (counts < 0).any() or (counts > height * width).any() or counts.sum() != height * width:
        return f"the counts do not add up to the {height * width} pixels of the image"
    return ""


def draw(segments: Segments, height: int, width: int) -> NDArray[np.bool_]:
    """The pixels of one object, drawn by pycocotools: [height, width] bool.

    Raises:
        CalibrateError: the compressed run lengths do not fit the image.
    """
    if isinstance(segments, tuple):
        rings = coco_mask.frPyObjects([ring.tolist() for ring in segments], height, width)
        runs = coco_mask.merge(rings)
    elif isinstance(segments["counts"], str):
        runs = {"size": [height, width], "counts": segments["counts"].encode("ascii")}
    else:
        given = {"size": [height, width], "counts": segments["counts"].tolist()}
        runs = coco_mask.frPyObjects(given, height, width)
    try:
        pixels = coco_mask.decode(runs)
    except ValueError as error:
        raise CalibrateError("the run lengths do not fit the image's size") from error
    drawn: NDArray[np.bool_] = pixels.astype(np.bool_)
    return drawn
