"""What is done to detections and objects before they are compared: clipping and rounding."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import BoxSet
from calibrate.core.boxes import clip
from calibrate.core.predictions.detections import Detections
from calibrate.core.sample import Facts

Rounding = Literal["none", "nearest", "nearest_to_zero", "lower", "greater"]
"""The Accuracy Checker's names, of its postprocessing `cast_to_int`."""

_ROUNDINGS: Mapping[Rounding, Callable[[NDArray[np.float32]], Any]] = {
    "nearest": np.rint,
    "nearest_to_zero": np.trunc,
    "lower": np.floor,
    "greater": np.ceil,
}


def prepared(
    detections: Detections, objects: BoxSet, facts: Facts, rounding: Rounding, *, clips: bool
) -> tuple[Detections, BoxSet]:
    """Return both with their boxes changed.

    Args:
        detections: of one image; those of decoders are clipped to the image already.
        objects: of the image; their areas stay.
        facts: of the image.
        rounding: of the corners to whole pixels.
        clips: whether objects are clipped to the image.
    """
    geometry = facts.geometry
    boxes = objects.boxes
    if clips and geometry is not None:
        boxes = clip(boxes, geometry.source_width, geometry.source_height)
    if rounding == "none":
        return detections, replace(objects, boxes=boxes)
    rounded = _ROUNDINGS[rounding]
    return (
        replace(detections, boxes=rounded(detections.boxes).astype(np.float32)),
        replace(objects, boxes=rounded(boxes).astype(np.float32)),
    )
