"""What a metric says when prediction and target do not fit together, or hold no numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.contracts.annotation import (
    BoxSet,
    ClassLabel,
    ImageTarget,
    LabelSet,
    MaskTarget,
    TokenTarget,
    ValueTarget,
)
from calibrate.contracts.component import Target
from calibrate.contracts.prediction import (
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
from calibrate.contracts.sample import Facts
from calibrate.errors import CalibrateError

Pair = tuple[type[Any], type[Any]]
"""A kind of prediction and the kind of target that it is compared with."""

DECODERS: dict[type[Any], str] = {
    ClassScores: "classification",
    LabelScores: "multilabel",
    Detections: "ssd, yolo_v5 or another of detection",
    ClassMap: "segmentation",
    ImageOutput: "super_resolution",
    Values: "regression",
    TokenScores: "token_scores",
    RawOutputs: "raw",
}
"""The decoder that makes each kind of prediction."""

ADAPTERS: dict[type[Any], str] = {
    ClassLabel: "image_folder, imagenet or another of classification",
    LabelSet: "csv or json_lines with several labels",
    BoxSet: "voc_detection, mscoco_detection or yolo_labeling",
    MaskTarget: "voc_segmentation, image_masks or another of segmentation",
    ImageTarget: "image_pairs",
    ValueTarget: "csv or json_lines with values",
    TokenTarget: "csv or json_lines with tokens",
}
"""The dataset adapters that give each kind of annotation."""


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
        named = dict.fromkeys(DECODERS[mine] for mine, _ in reads if mine in DECODERS)
        hints.append(f"use the decoder {' / '.join(named)}")
    fitting = [theirs for mine, theirs in reads if isinstance(prediction, mine)]
    wanted = fitting or [theirs for _, theirs in reads]
    adapters = dict.fromkeys(ADAPTERS[theirs] for theirs in wanted if theirs in ADAPTERS)
    if adapters and not any(isinstance(target, theirs) for theirs in wanted):
        hints.append(f"use the dataset adapter {' / '.join(adapters)}")
    hints = hints or ["choose another metric (calibrate list metrics)"]
    return CalibrateError(
        f"{metric} compares {known}, and got {got}", place(facts), " and ".join(hints)
    )


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
