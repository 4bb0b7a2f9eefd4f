"""What a model says otherwise of one sample than FP32 does, in words, for people."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibrate.core.boxes import iou
from calibrate.core.prediction import (
    ClassMap,
    Detections,
    ImageOutput,
    LabelScores,
    Prediction,
    TokenScores,
    Values,
)

SURE = 0.3
"""Score from which a box counts as found; what is less sure is rarely shown to anyone."""
_SAME_PLACE = 0.5
"""Overlap (intersection over union) of two boxes that are one and the same."""
_MOST = 3
_LEVELS = 255.0


@dataclass(frozen=True, slots=True)
class Difference:
    """How two predictions of one sample differ.

    Attributes:
        amount: share of the boxes, pixels, labels or tokens that differ, 0-1; for numbers and
            images how far they are apart, relative to their size. Comparable within one task.
        told: `2 of 5 boxes lost: 1 person, 1 dog; 1 new: 1 cat`.
    """

    amount: float
    told: str


def difference(fp32: Prediction, other: Prediction, names: Sequence[str]) -> Difference | None:
    """How a prediction differs from FP32's; None where it does not, or for kinds without words.

    Args:
        fp32: of the FP32 model.
        other: of the model that is compared with it, of the same kind.
        names: of the classes; may be empty.
    """
    found: Difference | None = None
    match fp32, other:
        case Detections(), Detections():
            found = _boxes(fp32, other, names)
        case ClassMap(before), ClassMap(after) if before.shape == after.shape:
            found = _pixels(before, after, names)
        case LabelScores(before), LabelScores(after):
            found = _labels(before >= 0.5, after >= 0.5, names)
        case TokenScores(before), TokenScores(after) if before.shape == after.shape:
            found = _tokens(before.argmax(axis=1), after.argmax(axis=1))
        case ImageOutput(before), ImageOutput(after) if before.shape == after.shape:
            found = _image(before, after)
        case Values(before), Values(after) if before.shape == after.shape:
            found = _values(before, after)
    return found


def _boxes(fp32: Detections, other: Detections, names: Sequence[str]) -> Difference | None:
    """Boxes are paired best first with one of their class at about the same place.

    A box is lost if no box of half its score is there: one that only fell below the threshold by
    a little is not, nor is one new that FP32 had just below.
    """
    lost = _unpaired(fp32, other)
    new = _unpaired(other, fp32)
    if not len(lost) and not len(new):
        return None
    before = int((fp32.scores >= SURE).sum())
    parts = []
    if len(lost):
        plural = "box" if before == 1 else "boxes"
        parts.append(f"{len(lost)} of {before} {plural} lost: {_counted(lost, names)}")
    if len(new):
        parts.append(f"{len(new)} new: {_counted(new, names)}")
    return Difference((len(lost) + len(new)) / (before + len(new)), "; ".join(parts))


def _unpaired(own: Detections, others: Detections) -> NDArray[np.int64]:
    """Classes of the sure boxes of one that the other does not have."""
    sure = np.flatnonzero(own.scores >= SURE)
    sure = sure[np.argsort(-own.scores[sure], kind="stable")]
    known = np.flatnonzero(others.scores >= SURE / 2)
    free = np.ones(len(known), np.bool_)
    overlap = iou(own.boxes[sure], others.boxes[known])
    overlap *= own.labels[sure][:, None] == others.labels[known][None, :]
    alone = []
    for row, index in enumerate(sure):
        places = np.where(free, overlap[row], 0.0)
        best = int(places.argmax()) if len(places) else -1
        if best >= 0 and places[best] >= _SAME_PLACE:
            free[best] = False
        else:
            alone.append(own.labels[index])
    return np.array(alone, np.int64)


def _pixels(
    before: NDArray[np.integer], after: NDArray[np.integer], names: Sequence[str]
) -> Difference | None:
    changed = before != after
    if not changed.any():
        return None
    pairs = Counter(zip(before[changed].tolist(), after[changed].tolist(), strict=True))
    told = [
        f"{_name(was, names)} became {_name(now, names)} on {_share(count / before.size)}"
        for (was, now), count in pairs.most_common(_MOST)
    ]
    share = float(changed.mean())
    more = f" and {len(pairs) - _MOST} more" if len(pairs) > _MOST else ""
    return Difference(share, f"{_share(share)} of the pixels: {', '.join(told)}{more}")


def _labels(
    before: NDArray[np.bool_], after: NDArray[np.bool_], names: Sequence[str]
) -> Difference | None:
    if before.shape != after.shape or np.array_equal(before, after):
        return None
    parts = []
    for word, present in (("lost", before & ~after), ("new", after & ~before)):
        classes = np.flatnonzero(present)
        if len(classes):
            parts.append(f"{word}: {_listed([_name(int(one), names) for one in classes])}")
    count = int((before | after).sum())
    return Difference(float((before != after).sum()) / max(1, count), "; ".join(parts))


def _tokens(before: NDArray[np.int64], after: NDArray[np.int64]) -> Difference | None:
    count = int((before != after).sum())
    if not count:
        return None
    return Difference(count / len(before), f"{count} of {len(before)} tokens")


def _image(before: NDArray[np.float32], after: NDArray[np.float32]) -> Difference | None:
    apart = np.abs(before.astype(np.float64) - after)
    most = float(apart.max(initial=0.0))
    if most < 0.5:
        return None  # rounding to bytes hides it
    mean = float(apart.mean())
    return Difference(mean / _LEVELS, f"{mean:.1f} of 255 levels on average, {most:.0f} at most")


def _values(before: NDArray[np.float32], after: NDArray[np.float32]) -> Difference | None:
    apart = np.abs(before.astype(np.float64) - after)
    if not apart.any():
        return None
    worst = int(apart.argmax())
    size = float(np.abs(before).max()) or 1.0
    was, now = float(before.flat[worst]), float(after.flat[worst])
    return Difference(float(apart.max()) / size, f"{was:.4g} became {now:.4g}")


def _counted(labels: NDArray[np.int64], names: Sequence[str]) -> str:
    found = Counter(int(label) for label in labels)
    return _listed([f"{count} {_name(label, names)}" for label, count in found.most_common()])


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
    return ", ".join(words[:_MOST]) + more


def _name(label: int, names: Sequence[str]) -> str:
    return names[label] if 0 <= label < len(names) and names[label] else f"class {label}"


def _share(part: float) -> str:
    return f"{100 * part:.2g} %" if part < 0.1 else f"{100 * part:.0f} %"
