"""Decoder `boxes_scores`."""

from collections.abc import Mapping, Sequence
from typing import Literal

from calibrate.core.boxes import BoxFormat, to_corners
from calibrate.core.component import Outputs
from calibrate.decoders._lib.activated import ActivatedDetector
from calibrate.decoders._lib.detection import DenseBoxes
from calibrate.decoders._lib.detector import are_relative
from calibrate.decoders._lib.heads import Activation, Floats, probabilities
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape


class BoxesScores(ActivatedDetector):
    """Decoded boxes [N, 4] and scores [N, C] as two outputs; suppression is done here.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighed
    by FP32's score.

    Example:
        decoder: {type: boxes_scores, nms_threshold: 0.6}
    """

    boxes_out: str | None = None
    """Name of the output with the boxes, where several could be it."""
    scores_out: str | None = None
    """Name of the output with the scores, where several could be it."""
    relative_boxes: Literal["auto"] | bool = "auto"
    """Whether boxes are in 0-1 of the model's input; false: in its pixels; `auto`: as the boxes of
    the samples show."""
    box_format: BoxFormat = "xyxy"
    """Order of a box's numbers: corners, corners with y first, or centre and size."""
    background_class: int | None = None
    """Column of the scores that means no object: 0, -1 for the last, or none."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Boxes and scores."""
        boxes = Role("boxes", "boxes_out", self.boxes_out, ((None, 4),), ("box",))
        scores = Role(
            "scores", "scores_out", self.scores_out, ((None, None),), ("score", "conf", "cls")
        )
        return assign(shapes, [boxes, scores])

    def raw_scores(self, outputs: Outputs, where: str) -> Floats:
        """The scores as they are."""
        scores = self.arrays(outputs, where)["scores"]
        return scores.reshape(-1, scores.shape[-1])

    def logit_activation(self, scores: Sequence[Floats]) -> Activation:
        """Softmax where a class means no object, else the sigmoid."""
        del scores  # logits alone do not show it
        return "sigmoid" if self.background_class is None else "softmax"

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes with their probabilities."""
        scores = self.raw_scores(outputs, where)
        corners = to_corners(self.arrays(outputs, where)["boxes"].reshape(-1, 4), self.box_format)
        return DenseBoxes(
            corners,
            probabilities(scores, self.activation_of(scores), self.background_class),
            are_relative([corners]) if self.relative_boxes == "auto" else self.relative_boxes,
        )
