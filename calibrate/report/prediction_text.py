"""Annotations and predictions in a few words, for people who check whether they fit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import (
    Annotation,
    BoxSet,
    ClassLabel,
    ImageTarget,
    LabelSet,
    MaskTarget,
    TokenTarget,
    ValueTarget,
)
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

_MOST = 3


def annotation_words(annotation: Annotation | None, names: Sequence[str]) -> str:
    """What the dataset says of a sample: `3 (cat)`, `2 boxes: 1 dog, 17 cat`, `none`."""
    return "none" if annotation is None else _WORDS[type(annotation)](annotation, names)


def prediction_words(prediction: Prediction, names: Sequence[str]) -> str:
    """What a model says of a sample, in the same words, with how sure it is."""
    return _WORDS[type(prediction)](prediction, names)


def _boxes(target: BoxSet, names: Sequence[str]) -> str:
    return _counted([_class(int(label), names) for label in target.labels])


def _detections(found: Detections, names: Sequence[str]) -> str:
    pairs = zip(found.labels, found.scores, strict=True)
    return _counted([f"{_class(int(label), names)} at {100 * s:.0f} %" for label, s in pairs])


def _scores(found: ClassScores, names: Sequence[str]) -> str:
    best = int(np.argmax(found.scores))
    return f"{_class(best, names)} at {100 * float(found.scores[best]):.1f} %"


def _likely(found: LabelScores, names: Sequence[str]) -> str:
    return _list([_class(int(label), names) for label in np.flatnonzero(found.scores >= 0.5)])


def _classes(mask: NDArray[np.integer], names: Sequence[str]) -> str:
    present = _list([_class(int(label), names) for label in np.unique(mask)])
    return f"map {_size(mask)} of {present}"


def _values(values: NDArray[np.float32]) -> str:
    return _list([f"{value:.4g}" for value in values])


def _class(label: int, names: Sequence[str]) -> str:
    return f"{label} ({names[label]})" if 0 <= label < len(names) and names[label] else str(label)


def _list(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
    return (", ".join(words[:_MOST]) + more) or "none"


def _counted(boxes: Sequence[str]) -> str:
    plural = "" if len(boxes) == 1 else "es"
    return f"{len(boxes)} box{plural}" + (f": {_list(boxes)}" if boxes else "")


def _size(array: NDArray[np.generic]) -> str:
    return f"{array.shape[0]}×{array.shape[1]}"


_WORDS: Mapping[type, Callable[[Any, Sequence[str]], str]] = {
    BoxSet: _boxes,
    ClassLabel: lambda target, names: _class(target.label, names),
    ClassMap: lambda found, names: _classes(found.mask, names),
    ClassScores: _scores,
    Detections: _detections,
    ImageOutput: lambda found, _: f"image {_size(found.image)}",
    ImageTarget: lambda target, _: f"image {_size(target.image)}",
    LabelScores: _likely,
    LabelSet: lambda target, names: _list([_class(label, names) for label in target.labels]),
    MaskTarget: lambda target, names: _classes(target.mask, names),
    RawOutputs: lambda found, _: f"{len(found.outputs)} outputs",
    TokenScores: lambda found, _: f"{found.scores.shape[0]} tokens",
    TokenTarget: lambda target, _: f"{len(target.tokens)} tokens",
    ValueTarget: lambda target, _: _values(target.values),
    Values: lambda found, _: _values(found.values),
}
