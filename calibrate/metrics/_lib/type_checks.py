"""What a metric says when prediction and target do not fit together, or hold no numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import (
    BoxSet,
    ClassLabel,
    ImageTarget,
    LabelSet,
    MaskTarget,
    TokenTarget,
    ValueTarget,
)
from calibrate.core.component import Target
from calibrate.core.prediction import (
    ClassMap,
    ClassScores,
    Detections,
    ImageOutput,
    LabelScores,
    Prediction,
    RawOutputs,
    TokenScores,
    Values,
)
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError

Pair = tuple[type[Any], type[Any]]
"""A kind of prediction and the kind of target that it is compared with."""

DECODERS: dict[type[Any], tuple[str, ...]] = {
    ClassScores: ("classification",),
    LabelScores: ("multilabel",),
    Detections: ("ssd", "yolo_v5"),
    ClassMap: ("segmentation",),
    ImageOutput: ("super_resolution",),
    Values: ("regression",),
    TokenScores: ("token_scores",),
    RawOutputs: ("raw",),
}
"""Decoders that make each kind of prediction, the usual ones."""

ADAPTERS: dict[type[Any], tuple[str, ...]] = {
    ClassLabel: ("image_folder", "imagenet"),
    LabelSet: ("csv", "jsonl"),
    BoxSet: ("voc_detection", "mscoco_detection", "yolo_labeling"),
    MaskTarget: ("voc_segmentation", "mask_pairs"),
    ImageTarget: ("image_pairs",),
    ValueTarget: ("csv", "jsonl"),
    TokenTarget: ("csv", "jsonl"),
}
"""Dataset adapters that give each kind of annotation, the usual ones."""


def place(facts: Facts) -> str:
    """Where a problem with a sample is: its source, else its id."""
    return f"sample {facts.id} ({facts.source})" if facts.source else f"sample {facts.id}"


def unfit(
    metric: str,
    prediction: Prediction,
    target: Target | None,
    facts: Facts,
    *,
    reads: Sequence[Pair],
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
    got = f"{type(prediction).__name__} with {type(target).__name__ if target else 'nothing'}"
    hints = []
    if not any(isinstance(prediction, mine) for mine, _ in reads):
        hints.append(f"use the decoder {_listed(DECODERS, [mine for mine, _ in reads])}")
    fitting = [theirs for mine, theirs in reads if isinstance(prediction, mine)]
    wanted = fitting or [theirs for _, theirs in reads]
    adapters = _listed(ADAPTERS, wanted)
    if adapters and not any(isinstance(target, theirs) for theirs in wanted):
        hints.append(f"use the dataset adapter {adapters}")
    hints = hints or ["choose another metric (calibrate list metrics)"]
    return CalibrateError(
        f"{metric} compares {known}, and got {got}", place(facts), " and ".join(hints)
    )


def _listed(known: Mapping[type[Any], tuple[str, ...]], kinds: Sequence[type[Any]]) -> str:
    """`a, b or c`: what makes any of the kinds; empty where nothing does."""
    names = list(dict.fromkeys(name for kind in kinds for name in known.get(kind, ())))
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


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
