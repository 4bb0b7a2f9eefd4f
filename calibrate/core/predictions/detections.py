"""Predictions of objects in an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.boxes import iou
from calibrate.core.phrases import boxes_text, class_text, counted_classes
from calibrate.core.predictions.base import Confidence, Difference, DrawnBox, Prediction

CERTAIN = 0.3
"""Score from which a box counts as detected in words; less certain ones are rarely shown."""
SAME_PLACE = 0.5
"""Overlap (intersection over union) of two boxes that mean the same object."""

_Kind = TypeVar("_Kind", bound="Detections")


@dataclass(frozen=True, slots=True, eq=False)
class Detections(Prediction):
    """Boxes found in one image, best first.

    Attributes:
        boxes: [N, 4] float32, xmin ymin xmax ymax, pixels of the source image.
        scores: [N] float32, 0-1.
        labels: [N] int64, class ids as the dataset numbers them.
    """

    decoders: ClassVar[tuple[str, ...]] = ("ssd", "yolo_v5")
    has_decision: ClassVar[bool] = True
    is_list: ClassVar[bool] = True

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Boxes and scores."""
        return {"boxes": self.boxes, "scores": self.scores}

    def describe(self, names: Sequence[str]) -> str:
        """`2 boxes: 0 (cat) at 75 %, 1 (dog) at 60 %`."""
        pairs = zip(self.labels, self.scores, strict=True)
        return boxes_text(
            [f"{class_text(int(label), names)} at {100 * s:.0f} %" for label, s in pairs]
        )

    def agreement(self, reference: Self, confidence: Confidence) -> float:
        """F1 score of the boxes of at least `confidence.box`, those of `reference` as the objects.

        Best first, a box takes the free box of its class that it overlaps most, by an
        intersection over union of 0.5 at least. 1 where neither has a box.
        """
        mine, theirs = self.at_least(confidence.box), reference.at_least(confidence.box)
        total = len(mine.scores) + len(theirs.scores)
        return 2 * int(_has_partner(mine, theirs).sum()) / total if total else 1.0

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """`1 of 2 boxes lost: 1 dog; 1 new: 1 cat`.

        A box is lost if no box of half the certain score is there: one that only fell below the
        threshold by a little is not, nor is one new that FP32 had just below.
        """
        lost_boxes, new_boxes = _unpaired(self, other), _unpaired(other, self)
        lost, new = lost_boxes.labels, new_boxes.labels
        if not len(lost) and not len(new):
            return None
        before = int((self.scores >= CERTAIN).sum())
        parts = []
        if len(lost):
            plural = "box" if before == 1 else "boxes"
            parts.append(f"{len(lost)} of {before} {plural} lost: {counted_classes(lost, names)}")
        if len(new):
            parts.append(f"{len(new)} new: {counted_classes(new, names)}")
        certain = self.at_least(CERTAIN)
        kept = certain.rows(_has_partner(certain, other.at_least(CERTAIN / 2)))
        boxes = (
            *kept.drawn("kept", names),
            *lost_boxes.drawn("lost", names),
            *new_boxes.drawn("new", names),
        )
        amount = (len(lost) + len(new)) / (before + len(new))
        overlay = self.overlay(kept, lost_boxes, new_boxes)
        return Difference(amount, "; ".join(parts), boxes, overlay)

    def overlay(self, kept: Self, lost: Self, new: Self) -> NDArray[np.uint8] | None:
        """[H, W] of `Pixel` for kinds with masks; None for boxes alone."""
        return None

    def at_least(self, score: float) -> Self:
        """The boxes of at least that score, best first."""
        rows = np.flatnonzero(self.scores >= score)
        return self.rows(rows[np.argsort(-self.scores[rows], kind="stable")])

    def rows(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Self:
        """Some of the objects, by their indices or by a mask."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(
            self,
            **{name: a[rows] for name, a in arrays.items() if isinstance(a, np.ndarray) and a.ndim},
        )

    def drawn(
        self, change: Literal["kept", "lost", "new"], names: Sequence[str]
    ) -> tuple[DrawnBox, ...]:
        """Every box as something to draw."""
        return tuple(
            DrawnBox((float(x0), float(y0), float(x1), float(y1)), change, class_text(label, names))
            for (x0, y0, x1, y1), label in zip(self.boxes, map(int, self.labels), strict=True)
        )


def _unpaired(mine: _Kind, theirs: _Kind) -> _Kind:
    """The certain boxes of one model that the other does not have."""
    certain, known = mine.at_least(CERTAIN), theirs.at_least(CERTAIN / 2)
    return certain.rows(~_has_partner(certain, known))


def _has_partner(mine: Detections, theirs: Detections) -> NDArray[np.bool_]:
    """Which boxes [N], best first, get a free box of their class in the same place."""
    partner = np.zeros(len(mine.scores), np.bool_)
    if not len(mine.scores) or not len(theirs.scores):
        return partner
    overlap = iou(mine.boxes, theirs.boxes)
    overlap *= mine.labels[:, None] == theirs.labels[None, :]
    free = np.ones(len(theirs.scores), np.bool_)
    for row in range(len(mine.scores)):
        places = np.where(free, overlap[row], 0.0)
        best = int(places.argmax())
        if places[best] >= SAME_PLACE:
            partner[row], free[best] = True, False
    return partner
