"""What decoders of detections share: from scored boxes to detections, and how far two are apart.

A decoder of this family only says which outputs it reads and what boxes and scores they hold:
`DenseDetector` for heads with many overlapping boxes, `ListDetector` for models that suppress
inside.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.boxes import Boxes, Rounding, pair_diou, pair_iou, rounded
from calibrate.core.component import Outputs
from calibrate.core.predictions.detections import Detections
from calibrate.core.sample import Facts
from calibrate.decoders._lib.activation import require_probabilities
from calibrate.decoders._lib.detection_divergence import (
    dense_divergence,
    dense_signature,
    listed_divergence,
    listed_signature,
)
from calibrate.decoders._lib.detector import Detector, auto_format, auto_relative
from calibrate.decoders._lib.labels import NOT_IN_DATASET, dataset_ids
from calibrate.decoders._lib.nms import Kept, NmsRule, PairOverlap, best_first, select, suppress
from calibrate.decoders._lib.outputs import place
from calibrate.errors import CalibrateError


@dataclass(frozen=True, slots=True, eq=False)
class DenseBoxes:
    """All boxes of one image before suppression.

    Attributes:
        boxes: [N, 4] float32, xmin ymin xmax ymax.
        scores: [N, C] float32, 0-1, a column a class of the model, without a background class.
        relative: True: boxes in 0-1 of the model's input; False: in its pixels.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    relative: bool


@dataclass(frozen=True, slots=True, eq=False)
class ListedBoxes:
    """The boxes that a model with suppression inside gives, in any order.

    Attributes:
        boxes: [N, 4] float32, xmin ymin xmax ymax.
        scores: [N] float32, 0-1.
        labels: [N] int64, class numbers of the model.
        relative: True: boxes in 0-1 of the model's input; False: in its pixels.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    relative: bool


class DenseDetector(Detector):
    """A decoder of heads whose boxes still overlap.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score (`calibrate.decoders._lib.detection_divergence` gives the formula).
    """

    nms_threshold: float | None = Field(default=0.5, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""
    max_per_class: int | None = Field(default=400, ge=1)
    """Number of boxes of a class, best first, that suppression compares; null: all."""
    multi_label: bool = True
    """Whether a box may be detected as several classes; false: as its best class only."""
    nms_method: Literal["iou", "diou"] = "iou"
    """What suppression compares with the threshold: intersection over union, or that less the
    distance of the boxes' middles (DIoU)."""
    nms_edge: int = Field(default=0, ge=0, le=1)
    """Pixels that suppression adds to width and height of boxes in the source image."""
    class_agnostic_nms: bool = False
    """Whether boxes suppress those of other classes too."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """The format of the boxes, and whether they are in 0-1 of the input, where left at `auto`.

        Raises:
            CalibrateError: the scores are no probabilities, or what the decoder cannot read.
        """
        fitted = auto_format(self, outputs)
        detector = self.model_copy(update=fitted)
        samples = [detector.dense(sample, "") for sample in outputs]
        require_probabilities(
            [sample.scores for sample in samples],
            "check the decoder's `activation`, `classes` and `background_class`, as far as it has "
            "them, and whether the output is what the decoder reads",
        )
        boxes = [sample.boxes for sample in samples]
        return {**fitted, **auto_relative(detector, boxes)}

    @abstractmethod
    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """All boxes and scores of one sample.

        Raises:
            CalibrateError: the outputs are not what this decoder reads.
        """

    def predict(self, outputs: Outputs, facts: Facts) -> Detections:
        """What suppression class by class leaves, in pixels of the source image."""
        return self.kept(outputs, facts)[0]

    def kept(self, outputs: Outputs, facts: Facts) -> tuple[Detections, NDArray[np.int64]]:
        """What suppression leaves, and the row of each in the dense boxes."""
        where = place(facts)
        dense, ids = self.known(outputs, where)
        boxes = self.to_source(dense.boxes, facts, relative=dense.relative)
        kept = self.suppressed(boxes, dense.scores)
        scores = dense.scores[kept.index, kept.label]
        left = self.final(boxes[kept.index], facts)
        return Detections(left, scores, ids[kept.label]), kept.index

    def suppressed(
        self, boxes: Boxes, scores: NDArray[np.float32], overlap: PairOverlap | None = None
    ) -> Kept:
        """What suppression leaves.

        Args:
            boxes: [N, ...] as `overlap` takes them.
            scores: [N, C].
            overlap: of pairs of boxes; by default as `nms_method` says.
        """
        rule = NmsRule(
            self.score_threshold,
            self.nms_threshold,
            self.max_per_class,
            self.keep_top_k,
            class_agnostic=self.class_agnostic_nms,
        )
        compared = scores if self.multi_label else _best_only(scores)
        pairs = pair_diou if self.nms_method == "diou" else pair_iou
        given = overlap or partial(pairs, edge=float(self.nms_edge))
        return select(boxes, compared, rule, overlap=given)

    def signature(self, outputs: Outputs) -> Outputs:
        """The best pairs of box and class."""
        dense, _ = self.known(outputs, "")
        return dense_signature(dense.boxes, dense.scores)

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """How far the best pairs have moved."""
        dense, _ = self.known(outputs, "")
        return dense_divergence(reference, dense.boxes, dense.scores)

    def known(self, outputs: Outputs, where: str) -> tuple[DenseBoxes, NDArray[np.int64]]:
        """The boxes with the scores of the classes that the dataset has, and their ids."""
        dense = self.dense(outputs, where)
        if len(dense.boxes) != len(dense.scores):
            raise CalibrateError(
                f"{len(dense.boxes)} boxes do not fit {len(dense.scores)} rows of scores", where
            )
        ids = dataset_ids(dense.scores.shape[1], self.label_offset, self.label_map)
        known = ids != NOT_IN_DATASET
        if known.all():
            return dense, ids
        return DenseBoxes(dense.boxes, dense.scores[:, known], dense.relative), ids[known]


class ListDetector(Detector):
    """A decoder of models that suppress overlapping boxes inside, at least some of them.

    Divergence: how far the 64 best detections have moved in score and place, each paired with one
    of its class, weighted by FP32's score (`calibrate.decoders._lib.detection_divergence` gives the
    formula).
    """

    nms_threshold: float | None = Field(default=None, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: what the model gives is not suppressed again."""
    nms_edge: int = Field(default=0, ge=0, le=1)
    """Pixels that suppression adds to width and height of boxes in the source image."""
    nms_rounding: Rounding = "none"
    """Rounding of corners to whole pixels of the source image before suppression."""
    class_agnostic_nms: bool = False
    """Whether boxes suppress those of other classes too."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """The format of the boxes, and whether they are in 0-1 of the input, where left at `auto`.

        Raises:
            CalibrateError: the scores are no probabilities, or what the decoder cannot read.
        """
        fitted = auto_format(self, outputs)
        detector = self.model_copy(update=fitted)
        samples = [detector.listed(sample, "") for sample in outputs]
        require_probabilities(
            [sample.scores for sample in samples],
            "check which output and which column the scores are",
        )
        certain = [sample.boxes[sample.scores > self.score_threshold] for sample in samples]
        return {**fitted, **auto_relative(detector, certain)}

    @abstractmethod
    def listed(self, outputs: Outputs, where: str) -> ListedBoxes:
        """The detections of one sample.

        Raises:
            CalibrateError: the outputs are not what this decoder reads.
        """

    def predict(self, outputs: Outputs, facts: Facts) -> Detections:
        """The detections above the threshold, in pixels of the source image."""
        return self.chosen(self.listed(outputs, place(facts)), facts)[0]

    def chosen(self, listed: ListedBoxes, facts: Facts) -> tuple[Detections, NDArray[np.int64]]:
        """The detections above the threshold, and the row of each in the list."""
        where = place(facts)
        ids = self._ids(listed.labels, where)
        rows = np.flatnonzero((listed.scores > self.score_threshold) & (ids != NOT_IN_DATASET))
        rows = rows[best_first(listed.scores[rows])]
        boxes = self.to_source(listed.boxes[rows], facts, relative=listed.relative)
        boxes = rounded(boxes, self.nms_rounding)
        kept = self._survivors(boxes, ids[rows])[: self.keep_top_k]
        boxes, rows = boxes[kept], rows[kept]
        return Detections(self.final(boxes, facts), listed.scores[rows], ids[rows]), rows

    def signature(self, outputs: Outputs) -> Outputs:
        """The best detections."""
        listed = self.listed(outputs, "")
        return listed_signature(listed.boxes, listed.scores, listed.labels)

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """How far the best detections have moved."""
        listed = self.listed(outputs, "")
        return listed_divergence(reference, listed.boxes, listed.scores, listed.labels)

    def _survivors(self, boxes: Boxes, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """The places of the boxes [N, 4], given best first, that suppression leaves."""
        if self.nms_threshold is None:
            return np.arange(len(boxes))
        labels = None if self.class_agnostic_nms else ids
        overlap = partial(pair_iou, edge=float(self.nms_edge))
        return np.flatnonzero(suppress(boxes, self.nms_threshold, labels, overlap=overlap))

    def _ids(self, labels: NDArray[np.int64], where: str) -> NDArray[np.int64]:
        if labels.min(initial=0) < 0:
            raise CalibrateError(f"the model gives the class number {labels.min()}", where)
        table = dataset_ids(int(labels.max(initial=-1)) + 1, self.label_offset, self.label_map)
        return table[labels]


def _best_only(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The scores with all but the best of each row at 0."""
    best = np.zeros_like(scores)
    if scores.size:
        rows, columns = np.arange(len(scores)), scores.argmax(axis=1)
        best[rows, columns] = scores[rows, columns]
    return best
