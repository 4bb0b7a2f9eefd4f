"""Decoder `detr`."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from calibrate.core.boxes import from_centres
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import probabilities
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape


class Detr(DenseDetector):
    """Class logits [Q, C + 1] and boxes [Q, 4] of a transformer's queries, without suppression.

    Boxes are centre x, centre y, width, height in 0-1. With softmax the last class means no
    object, and a query is its best class alone; with sigmoid (Deformable DETR, RT-DETR) there is
    no such class, and a query may be several (set `multi_label: true`). The classes of the
    published COCO models are COCO's ids 0-90.

    Divergence: how far the 64 best pairs of query and class have moved in score and place,
    weighed by FP32's score.

    Example:
        decoder: {type: detr, label_map: coco_91_to_80}
    """

    logits_out: str | None = None
    """Name of the output with the logits, where several could be it."""
    boxes_out: str | None = None
    """Name of the output with the boxes, where several could be it."""
    activation: Literal["softmax", "sigmoid", "none"] = "softmax"
    """What turns logits into probabilities; with softmax the last class is left out."""
    nms_threshold: float | None = Field(default=None, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""
    multi_label: bool = False
    """Whether one query may be found as several classes; false: as its best one alone."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Logits and boxes."""
        boxes = Role("boxes", "boxes_out", self.boxes_out, ((None, 4),), ("box",))
        logits = Role(
            "logits", "logits_out", self.logits_out, ((None, None),), ("logit", "score", "class")
        )
        return assign(shapes, [boxes, logits])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The queries with their probabilities."""
        parts = self.arrays(outputs, where)
        logits = parts["logits"].reshape(-1, parts["logits"].shape[-1])
        no_object = -1 if self.activation == "softmax" else None
        scores = probabilities(logits, self.activation, no_object)
        return DenseBoxes(from_centres(parts["boxes"].reshape(-1, 4)), scores, relative=True)
