"""What is done to boxes before they are compared: choice of classes, clipping, rounding."""

from dataclasses import replace

import numpy as np

from calibrate.core.annotation import BoxSet
from calibrate.core.boxes import Rounding, clip, rounded
from calibrate.core.predictions.detections import Detections
from calibrate.core.sample import Facts


def prepared(
    detections: Detections,
    objects: BoxSet,
    facts: Facts,
    rounding: Rounding,
    *,
    clips: bool | tuple[int, int],
) -> tuple[Detections, BoxSet]:
    """Return both with their boxes changed.

    Args:
        detections: of one image; those of decoders are clipped to the image already.
        objects: of the image; their areas stay.
        facts: of the image.
        rounding: of the corners to whole pixels.
        clips: whether objects are clipped to the image, or the width and height that they are
            clipped to.
    """
    geometry = facts.geometry
    boxes = objects.boxes
    if isinstance(clips, tuple):
        boxes = clip(boxes, *clips)
    elif clips and geometry is not None:
        boxes = clip(boxes, geometry.source_width, geometry.source_height)
    return (
        replace(detections, boxes=rounded(detections.boxes, rounding)),
        replace(objects, boxes=rounded(boxes, rounding)),
    )


def of_labels(
    detections: Detections, objects: BoxSet, labels: tuple[int, ...]
) -> tuple[Detections, BoxSet]:
    """Return upright boxes of some classes alone.

    Args:
        detections: of one image.
        objects: of the image.
        labels: ids of the classes that stay.
    """
    detected, kept = np.isin(detections.labels, labels), np.isin(objects.labels, labels)
    return (
        Detections(
            detections.boxes[detected], detections.scores[detected], detections.labels[detected]
        ),
        BoxSet(
            objects.boxes[kept],
            objects.labels[kept],
            objects.difficult[kept],
            objects.crowd[kept],
            objects.areas[kept],
            objects.image_id,
        ),
    )
