"""Determine the order in which a detector numbers the annotated classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from calibrate.commands.new.class_assignment import best_order
from calibrate.commands.new.trials import predictions_of
from calibrate.core.annotation import BoxSet
from calibrate.core.boxes import iou
from calibrate.core.predictions.detections import Detections

_IOU = 0.5
_LEAST_SHARE = 0.5
"""Least share of the scores of matched boxes that the order has to explain."""


def class_order(
    model: ov.Model,
    base: Mapping[str, Any],
    preprocessings: Sequence[Sequence[Mapping[str, Any]]],
    decoders: Sequence[Mapping[str, Any]],
    names: Sequence[str],
) -> tuple[str, ...] | None:
    """Return the names in the order of the model's classes, by boxes that match annotated ones.

    Each annotated box votes with the scores of matching boxes of any class; the order with the
    most votes is the solution of an assignment problem. The preprocessing and decoder whose order
    explains most votes decide.

    Args:
        model: model as read.
        base: sections of a config, but for preprocessing and decoder.
        preprocessings: preprocessings to try.
        decoders: decoders to try.
        names: names as the annotations' labels number them.

    Returns:
        None where no order explains the boxes.
    """
    best, order = 0.0, None
    for steps in preprocessings:
        content = {**base, "preprocessing": list(steps)}
        for pairs in predictions_of(model, content, decoders):
            votes = _votes(pairs, len(names))
            if votes is None or not votes.any():
                continue
            places, explained = best_order(votes)
            if explained > max(best, _LEAST_SHARE * float(votes.sum())):
                best, order = explained, tuple(names[place] for place in places)
    return order


def _votes(pairs: Sequence[tuple[Any, Any]], count: int) -> NDArray[np.float64] | None:
    """Return [names, model's classes] scores of matching boxes; None for other predictions."""
    votes = np.zeros((count, count))
    for prediction, target in pairs:
        if not isinstance(prediction, Detections) or not isinstance(target, BoxSet):
            return None
        if not len(prediction.labels) or not len(target.labels):
            continue
        overlaps = iou(target.boxes, prediction.boxes)
        for true, detected in np.argwhere(overlaps >= _IOU):
            label, answer = int(target.labels[true]), int(prediction.labels[detected])
            if label < count and 0 <= answer < count:
                votes[label, answer] += float(prediction.scores[detected])
    return votes
