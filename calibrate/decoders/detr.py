"""Decoder `detr`."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field

from calibrate.core.boxes import Boxes
from calibrate.core.component import Outputs
from calibrate.decoders._lib.activated import ActivatedDetector
from calibrate.decoders._lib.activation import are_distributions
from calibrate.decoders._lib.detection import DenseBoxes
from calibrate.decoders._lib.detector import FormattedBoxes, RelativeBoxes
from calibrate.decoders._lib.heads import Activation, Floats, probabilities
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError

BOX_SIDES = 4
MOST = 0.5
"""Share of the queries that decides what the last class means."""


class Detr(FormattedBoxes, RelativeBoxes, ActivatedDetector):
    """Class logits [Q, C + 1] and boxes [Q, 4] of a transformer's queries, without suppression.

    Both may be parts of one output [Q, 4 + C]. With softmax the last class means no object, and a
    query is its best class alone; with sigmoid (Deformable DETR, RT-DETR, D-FINE) there is no such
    class, and a query may be several. `activation: auto` takes scores of 0-1 as they are; of logits
    softmax where most queries prefer the last class by a positive logit, as they do where it means
    no object. The classes of the published DETR for COCO are COCO's ids 0-90.

    Divergence: how far the 64 best pairs of query and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: detr, label_map: coco_91_to_80}
    """

    logits_out: str | None = None
    """Name of the output with the logits, where several could be it."""
    boxes_out: str | None = None
    """Name of the output with the boxes, where several could be it."""
    nms_threshold: float | None = Field(default=None, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""
    multi_label: bool = False
    """Whether one query may be found as several classes; false: as its best one alone, unless
    `activation: auto` finds a sigmoid."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Logits and boxes, or the one output that holds both."""
        if len(shapes) == 1 and self.logits_out is None and self.boxes_out is None:
            return assign(shapes, [Role("rows", "boxes_out", None, ((None, None),))])
        boxes = Role("boxes", "boxes_out", self.boxes_out, ((None, 4),), ("box",))
        logits = Role(
            "logits", "logits_out", self.logits_out, ((None, None),), ("logit", "score", "class")
        )
        return assign(shapes, [boxes, logits])

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Activation, and several classes a query where there is a score for each alone."""
        fitted = dict(super().auto_parameters(outputs))
        scores = [self.raw_scores(sample, "") for sample in outputs]
        exclusive = fitted.get("activation") == "softmax" or are_distributions(scores)
        if self.activation == "auto" and "multi_label" not in self.model_fields_set:
            fitted["multi_label"] = not exclusive
        return fitted

    def raw_scores(self, outputs: Outputs, where: str) -> Floats:
        """Logits or probabilities of the queries, as they are."""
        return self._queries(outputs, where)[1]

    def box_rows(self, outputs: Outputs, where: str) -> Boxes:
        """The boxes of the queries, as they are."""
        return self._queries(outputs, where)[0]

    def logit_activation(self, scores: Sequence[Floats]) -> Activation:
        """Softmax where most queries prefer the last class by a positive logit.

        So they do where it means no object; with a sigmoid most queries have negative logits for
        every class. Logarithms of probabilities that sum to 1 are of a softmax too.
        """
        rows = np.concatenate(list(scores))
        if rows.max(initial=0.0) <= 0 and are_distributions([np.exp(rows)]):
            return "softmax"
        is_last = (rows.argmax(axis=1) == rows.shape[1] - 1) & (rows[:, -1] > 0)
        return "softmax" if rows.shape[1] > 1 and is_last.mean() > MOST else "sigmoid"

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The queries with their probabilities."""
        rows, logits = self._queries(outputs, where)
        boxes = self.corners_of(rows)
        activation = self.activation_of(logits)
        exclusive = activation == "softmax" or are_distributions([logits])
        scores = probabilities(logits, activation, -1 if exclusive else None)
        return DenseBoxes(boxes, scores, self.is_relative(boxes))

    def _queries(self, outputs: Outputs, where: str) -> tuple[Boxes, Floats]:
        """Boxes [Q, 4] as they are, and scores [Q, C]."""
        parts = self.arrays(outputs, where)
        if "rows" in parts:
            rows = parts["rows"].reshape(-1, parts["rows"].shape[-1])
            if rows.shape[1] < BOX_SIDES + 1:
                raise CalibrateError(f"rows of {rows.shape[1]} numbers hold no scores", where)
            return rows[:, :BOX_SIDES], rows[:, BOX_SIDES:]
        logits = parts["logits"].reshape(-1, parts["logits"].shape[-1])
        return parts["boxes"].reshape(-1, BOX_SIDES), logits
