"""The constant answer: a baseline that ignores its samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import (
    BoxSet,
    ClassLabel,
    ImageTarget,
    LabelSet,
    MaskTarget,
    SeveralTargets,
    TokenTarget,
    ValueTarget,
)
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.several import SeveralPredictions
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.predictions.values import Values

Answer = Callable[[object], Prediction]
"""The constant answer, shaped as an annotation needs it."""

_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class ConstantAnswer:
    """A prediction that does not depend on the sample.

    Attributes:
        words: its description; follows `a model that answers`.
        predict: the prediction, shaped as the annotation needs it.
    """

    words: str
    predict: Answer


_LEAST_SHARE = 1e-9
"""Share of tokens that never occur, so that their logarithm is finite."""


def constant_answer(annotations: Sequence[object]) -> ConstantAnswer | None:
    """Return the best answer that does not depend on the sample, by the kind of the annotations.

    Classes: the frequency of each, so that the most frequent ones come first. Labels: the share
    of samples that have each. Boxes: none. Class maps: the class of the most pixels everywhere.
    Images: their mean, one colour. Numbers: their mean. Tokens: the frequency of each.

    Args:
        annotations: annotations of all samples, at least one.

    Returns:
        None for unknown or mixed kinds of annotations.
    """
    for kind, (words, make) in _ANSWERS.items():
        if all(isinstance(annotation, kind) for annotation in annotations):
            predict = make(annotations)
            return None if predict is None else ConstantAnswer(words, predict)
    return None


def _several(annotations: Sequence[SeveralTargets]) -> Answer | None:
    heads = list(annotations[0].targets)
    if any(list(annotation.targets) != heads for annotation in annotations):
        return None
    answers = {
        head: constant_answer([each.targets[head] for each in annotations]) for head in heads
    }
    if any(answer is None for answer in answers.values()):
        return None

    def answer(annotation: object) -> Prediction:
        targets = _as(SeveralTargets, annotation).targets
        return SeveralPredictions(
            {head: each.predict(targets[head]) for head, each in answers.items() if each}
        )

    return answer


def _classes(annotations: Sequence[ClassLabel]) -> Answer:
    counts = np.bincount([annotation.label for annotation in annotations], minlength=2)
    shares = (counts / counts.sum()).astype(np.float32)
    return lambda _: ClassScores(shares)


def _labels(annotations: Sequence[LabelSet]) -> Answer:
    present = [label for annotation in annotations for label in annotation.labels]
    counts = np.bincount(np.array(present, np.int64), minlength=2)
    shares = (counts / len(annotations)).astype(np.float32)
    return lambda _: LabelScores(shares)


def _boxes(annotations: Sequence[BoxSet]) -> Answer:  # noqa: ARG001  # no box is the answer to any
    none = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))
    return lambda _: none


def _maps(annotations: Sequence[MaskTarget]) -> Answer:
    total: dict[int, int] = {}
    for annotation in annotations:
        classes, counts = np.unique(annotation.mask, return_counts=True)
        for number, count in zip(classes.tolist(), counts.tolist(), strict=True):
            if number != annotation.ignore:
                total[number] = total.get(number, 0) + count
    most = max(total, key=lambda number: total[number], default=0)

    def answer(annotation: object) -> Prediction:
        mask = _as(MaskTarget, annotation).mask
        return ClassMap(np.full(mask.shape, most, np.int64))

    return answer


def _images(annotations: Sequence[ImageTarget]) -> Answer:
    level = float(np.mean([annotation.image.mean() for annotation in annotations]))

    def answer(annotation: object) -> Prediction:
        image = _as(ImageTarget, annotation).image
        return ImageOutput(np.full(image.shape, level, np.float32))

    return answer


def _values(annotations: Sequence[ValueTarget]) -> Answer | None:
    if len({annotation.values.shape for annotation in annotations}) > 1:
        return None
    mean = np.mean([annotation.values for annotation in annotations], axis=0).astype(np.float32)
    return lambda _: Values(mean)


def _tokens(annotations: Sequence[TokenTarget]) -> Answer | None:
    counted = [_counted(annotation) for annotation in annotations]
    tokens = np.concatenate(counted)
    if not len(tokens) or tokens.min() < 0:
        return None
    counts = np.bincount(tokens, minlength=2)
    shares = np.log(np.maximum(counts / counts.sum(), _LEAST_SHARE)).astype(np.float32)

    def answer(annotation: object) -> Prediction:
        length = len(_as(TokenTarget, annotation).tokens)
        return TokenScores(np.broadcast_to(shares, (length, len(shares))))

    return answer


def _counted(annotation: TokenTarget) -> NDArray[np.int64]:
    counted: NDArray[np.int64] = annotation.tokens[annotation.tokens != annotation.ignore]
    return counted


def _as(kind: type[_Kind], annotation: object) -> _Kind:
    if not isinstance(annotation, kind):
        raise TypeError(f"{type(annotation).__name__} among annotations of {kind.__name__}")
    return annotation


_ANSWERS: dict[type, tuple[str, Callable[[Sequence[object]], Answer | None]]] = {
    # Each function is called only with annotations of the kind beside it.
    SeveralTargets: ("the same for every head every time", _several),  # type: ignore[dict-item]
    ClassLabel: ("the most frequent class every time", _classes),  # type: ignore[dict-item]
    LabelSet: ("the most frequent labels every time", _labels),  # type: ignore[dict-item]
    BoxSet: ("no box at all", _boxes),  # type: ignore[dict-item]
    MaskTarget: ("the most frequent class for every pixel", _maps),  # type: ignore[dict-item]
    ImageTarget: ("one colour every time", _images),  # type: ignore[dict-item]
    ValueTarget: ("the mean every time", _values),  # type: ignore[dict-item]
    TokenTarget: ("the most frequent tokens every time", _tokens),  # type: ignore[dict-item]
}
