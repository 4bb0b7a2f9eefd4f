"""Decoder `boxes_scores`."""

from collections.abc import Mapping

from calibrate.core.boxes import BoxFormat, to_corners
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import Activation, probabilities
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape


class BoxesScores(DenseDetector):
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
    relative_boxes: bool = True
    """Whether boxes are in 0-1 of the model's input; false: in its pixels."""
    box_format: BoxFormat = "xyxy"
    """Order of a box's numbers: corners, corners with y first, or centre and size."""
    activation: Activation = "none"
    """What is still to be applied to the scores for them to be probabilities."""
    background_class: int | None = None
    """Column of the scores that means no object: 0, -1 for the last, or none."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Boxes and scores."""
        boxes = Role("boxes", "boxes_out", self.boxes_out, ((None, 4),), ("box",))
        scores = Role(
            "scores", "scores_out", self.scores_out, ((None, None),), ("score", "conf", "cls")
        )
        return assign(shapes, [boxes, scores])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes with their probabilities."""
        parts = self.arrays(outputs, where)
        scores = parts["scores"].reshape(-1, parts["scores"].shape[-1])
        return DenseBoxes(
            to_corners(parts["boxes"].reshape(-1, 4), self.box_format),
            probabilities(scores, self.activation, self.background_class),
            self.relative_boxes,
        )
