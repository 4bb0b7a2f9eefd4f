"""What a metric says when prediction and target do not fit together, or hold no numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import (
    Annotation,
    BoxSet,
    InstanceMaskSet,
    OrientedBoxSet,
    PoseSet,
)
from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.instance_masks import InstanceMasks
from calibrate.core.predictions.oriented_boxes import OrientedBoxes
from calibrate.core.predictions.poses import Poses
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError


def place(facts: Facts) -> str:
    """Where a problem with a sample is: its source, else its id."""
    return f"sample {facts.id} ({facts.source})" if facts.source else f"sample {facts.id}"


def unfit(
    metric: str,
    prediction: Prediction,
    target: Target | None,
    facts: Facts,
    *,
    reads: Sequence[tuple[type[Any], type[Any]]],
) -> CalibrateError:
    """The error for kinds that a metric does not compare, naming what would give it the right ones.

    Args:
        metric: its label.
        prediction: what it was given.
        target: what it was given.
        facts: of the sample.
        reads: the pairs of kinds that the metric compares.
    """
    known = " or ".join(f"{mine.__name__} with {theirs.__name__}" for mine, theirs in reads)
    given = f"{type(prediction).__name__} with {type(target).__name__ if target else 'nothing'}"
    hints = []
    if not any(isinstance(prediction, mine) for mine, _ in reads):
        hints.append(f"use the decoder {_makers([mine for mine, _ in reads])}")
    fitting = [theirs for mine, theirs in reads if isinstance(prediction, mine)]
    wanted = fitting or [theirs for _, theirs in reads]
    adapters = _makers([kind for kind in wanted if issubclass(kind, Annotation)])
    if adapters and not any(isinstance(target, theirs) for theirs in wanted):
        hints.append(f"use the dataset adapter {adapters}")
    hints = hints or ["choose another metric (calibrate list metrics)"]
    return CalibrateError(
        f"{metric} compares {known}, and got {given}", place(facts), " and ".join(hints)
    )


def _makers(kinds: Sequence[type[Annotation] | type[Prediction]]) -> str:
    """`a, b or c`: components that make any of the kinds; empty where nothing does."""
    names = [
        name
        for kind in kinds
        for name in (kind.adapters if issubclass(kind, Annotation) else kind.decoders)
    ]
    distinct = list(dict.fromkeys(names))
    return " or ".join(filter(None, [", ".join(distinct[:-1]), *distinct[-1:]]))


def check_finite(metric: str, values: NDArray[np.generic], facts: Facts) -> None:
    """Refuse numbers that compare with nothing.

    Raises:
        CalibrateError: `values` hold NaN or infinity.
    """
    if not np.isfinite(values).all():
        raise CalibrateError(
            f"{metric}: the prediction holds NaN or infinity",
            place(facts),
            "look at the model's outputs for this sample (calibrate evaluate)",
        )


def boxes_to_match(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> tuple[Detections, BoxSet]:
    """The detections of a sample and its objects, as metrics of detection take them.

    Raises:
        CalibrateError: other kinds, or NaN among boxes and scores.
    """
    if not (isinstance(prediction, Detections) and isinstance(target, BoxSet)):
        raise unfit(metric, prediction, target, facts, reads=[(Detections, BoxSet)])
    check_finite(metric, prediction.boxes, facts)
    check_finite(metric, prediction.scores, facts)
    return prediction, target


def check_masks(metric: str, detections: Detections, objects: BoxSet, facts: Facts) -> None:
    """Refuse detections or objects without masks, and masks of different images.

    Raises:
        CalibrateError: one of the two has no masks, or they differ in size.
    """
    if not (isinstance(detections, InstanceMasks) and isinstance(objects, InstanceMaskSet)):
        reads = [(InstanceMasks, InstanceMaskSet)]
        raise unfit(metric, detections, objects, facts, reads=reads)
    if len(detections.scores) and len(objects.labels):
        mine, theirs = ((group.masks.shape[1], int(group.width)) for group in (detections, objects))
        check_shapes(metric, mine, theirs, facts)


def check_oriented(metric: str, detections: Detections, objects: BoxSet, facts: Facts) -> None:
    """Refuse detections or objects without oriented boxes.

    Raises:
        CalibrateError: one of the two has no oriented boxes.
    """
    if not (isinstance(detections, OrientedBoxes) and isinstance(objects, OrientedBoxSet)):
        reads = [(OrientedBoxes, OrientedBoxSet)]
        raise unfit(metric, detections, objects, facts, reads=reads)
    check_finite(metric, detections.corners, facts)


def check_keypoints(
    metric: str, detections: Detections, objects: BoxSet, facts: Facts, *, count: int
) -> None:
    """Refuse detections or objects without keypoints, and others than `count` of them.

    Raises:
        CalibrateError: one of the two has no keypoints, or another number of them.
    """
    if not (isinstance(detections, Poses) and isinstance(objects, PoseSet)):
        raise unfit(metric, detections, objects, facts, reads=[(Poses, PoseSet)])
    check_finite(metric, detections.keypoints, facts)
    for points in (detections.keypoints, objects.keypoints):
        if len(points) and points.shape[1] != count:
            raise CalibrateError(
                f"{metric}: {points.shape[1]} keypoints, and {count} sigmas",
                place(facts),
                "set the metric's `sigmas` and the decoder's `keypoints`",
            )


def check_label(metric: str, label: int, classes: int, facts: Facts) -> None:
    """Refuse a label that the model's outputs have no score for.

    Raises:
        CalibrateError: `label` is not in 0..classes-1.
    """
    if not 0 <= label < classes:
        raise CalibrateError(
            f"{metric}: label {label} does not fit the {classes} classes that the model scores",
            place(facts),
            "look at the label list (0- or 1-based?) and the decoder's background offset",
        )


def check_shapes(metric: str, mine: tuple[int, ...], theirs: tuple[int, ...], facts: Facts) -> None:
    """Refuse arrays of different shapes.

    Raises:
        CalibrateError: the shapes differ.
    """
    if mine != theirs:
        raise CalibrateError(
            f"{metric}: the prediction has shape {list(mine)}, its target {list(theirs)}",
            place(facts),
            "look at the decoder's parameters and at what the dataset adapter reads",
        )
