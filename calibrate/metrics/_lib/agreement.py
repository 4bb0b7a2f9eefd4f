"""How far a model decides as the FP32 model does, for every kind of prediction with a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import BoxSet
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
from calibrate.metrics._lib.matching import TRUE_POSITIVE, match_coco
from calibrate.metrics._lib.type_checks import check_finite, check_shapes, place, unfit

DECIDING = (ClassScores, LabelScores, ClassMap, TokenScores, Detections)
NUMERIC = (ClassScores, LabelScores, TokenScores, Values, ImageOutput, RawOutputs)


@dataclass(frozen=True, slots=True)
class Confidence:
    """What counts as a decision: probabilities from `label` on, boxes from `box` on."""

    label: float
    box: float


def agreement(
    metric: str, prediction: Prediction, target: Target, facts: Facts, confidence: Confidence
) -> float:
    """Share of decisions that are FP32's, 0-1; exactly 1 for FP32 itself.

    One decision a sample for classes (top-1), one a label for several labels, one a pixel for
    class maps, one a position for tokens. For detections the F1 score of confident boxes, the
    FP32 model's taken as the objects, at IoU 0.5; 1 where neither has any.

    Raises:
        CalibrateError: kinds without a decision, or predictions of different shapes.
    """
    match prediction, target:
        case ClassScores(mine), ClassScores(theirs):
            _check_pair(metric, mine, theirs, facts)
            return float(mine.argmax() == theirs.argmax())
        case LabelScores(mine), LabelScores(theirs):
            _check_pair(metric, mine, theirs, facts)
            return _share((mine >= confidence.label) == (theirs >= confidence.label))
        case ClassMap(mine), ClassMap(theirs):
            _check_pair(metric, mine, theirs, facts)
            return _share(mine == theirs)
        case TokenScores(mine), TokenScores(theirs):
            _check_pair(metric, np.exp(mine), np.exp(theirs), facts)
            return _share(mine.argmax(axis=1) == theirs.argmax(axis=1))
        case Detections(), Detections():
            check_finite(metric, prediction.boxes, facts)
            check_finite(metric, prediction.scores, facts)
            return _box_agreement(prediction, target, confidence.box)
    raise unfit(metric, prediction, target, facts, reads=[(kind, kind) for kind in DECIDING])


def paired_arrays(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Numbers of the prediction and of FP32's, flat float64, one pair an output.

    Probabilities of classes and of tokens (not their logarithms), values, pixels, raw outputs.

    Raises:
        CalibrateError: kinds that are no numbers, other outputs, NaN, or different shapes.
    """
    if type(prediction) is not type(target) or not isinstance(prediction, NUMERIC):
        raise unfit(metric, prediction, target, facts, reads=[(kind, kind) for kind in NUMERIC])
    mine, theirs = _numbers(prediction), _numbers(target)
    if mine.keys() != theirs.keys():
        raise CalibrateError(
            f"{metric}: outputs {sorted(mine)} stand against FP32's {sorted(theirs)}", place(facts)
        )
    for name, array in mine.items():
        _check_pair(metric, array, theirs[name], facts)
    return [
        (array.astype(np.float64).ravel(), theirs[name].astype(np.float64).ravel())
        for name, array in mine.items()
    ]


def _numbers(prediction: Prediction | Target) -> Mapping[str, NDArray[Any]]:
    match prediction:
        case RawOutputs(outputs):
            return outputs
        case TokenScores(scores):
            return {"": np.exp(scores)}
        case ClassScores(scores) | LabelScores(scores):
            return {"": scores}
        case Values(values):
            return {"": values}
        case ImageOutput(image):
            return {"": image}
    raise TypeError(f"{type(prediction).__name__} holds no numbers")


def _check_pair(metric: str, mine: NDArray[Any], theirs: NDArray[Any], facts: Facts) -> None:
    check_finite(metric, mine, facts)
    check_finite(metric, theirs, facts)
    check_shapes(metric, mine.shape, theirs.shape, facts)


def _share(same: NDArray[np.bool_]) -> float:
    return float(same.mean()) if same.size else 1.0


def _confident(detections: Detections, least: float) -> Detections:
    kept = detections.scores >= least
    return Detections(detections.boxes[kept], detections.scores[kept], detections.labels[kept])


def _box_agreement(prediction: Detections, reference: Detections, least: float) -> float:
    mine, theirs = _confident(prediction, least), _confident(reference, least)
    total = len(mine.scores) + len(theirs.scores)
    if not total:
        return 1.0
    flags = np.zeros(len(theirs.scores), np.bool_)
    objects = BoxSet(
        boxes=theirs.boxes,
        labels=theirs.labels,
        difficult=flags,
        crowd=flags,
        areas=np.ones(len(theirs.scores), np.float32),
    )
    _, outcomes, _ = match_coco(
        mine,
        objects,
        thresholds=np.array([0.5]),
        max_detections=max(1, len(mine.scores)),
        area=(0.0, np.inf),
    )
    return 2 * int(np.count_nonzero(outcomes == TRUE_POSITIVE)) / total
