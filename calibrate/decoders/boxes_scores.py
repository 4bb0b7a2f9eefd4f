"""Decoder `boxes_scores`."""

from collections.abc import Mapping, Sequence

from calibrate.core.boxes import Boxes
from calibrate.core.component import Outputs
from calibrate.decoders._lib.activated import ActivatedDetector
from calibrate.decoders._lib.detection import DenseBoxes
from calibrate.decoders._lib.detector import FormattedBoxes, RelativeBoxes
from calibrate.decoders._lib.heads import Activation, Floats, probabilities
from calibrate.decoders._lib.output_roles import Pattern, Role, assign, core_shape, fits
from calibrate.decoders._lib.outputs import Shape

BOX_SIDES = 4


class BoxesScores(FormattedBoxes, RelativeBoxes, ActivatedDetector):
    """Decoded boxes [N, 4] and scores [N, C], or [4, N] and [C, N], as two outputs.

    The decoder performs non-maximum suppression.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: boxes_scores, nms_threshold: 0.6}
    """

    boxes_out: str | None = None
    """Name of the output with the boxes, where several could be it."""
    scores_out: str | None = None
    """Name of the output with the scores, where several could be it."""
    background_class: int | None = None
    """Column of the scores that means no object: 0, -1 for the last, or none."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Boxes and scores."""
        patterns: tuple[Pattern, ...] = ((None, BOX_SIDES),)
        if not any(fits(shape, patterns[0]) for shape in shapes.values()):
            patterns = (*patterns, (BOX_SIDES, None))
        boxes = Role("boxes", "boxes_out", self.boxes_out, patterns, ("box",))
        scores = Role(
            "scores", "scores_out", self.scores_out, ((None, None),), ("score", "conf", "cls")
        )
        return assign(shapes, [boxes, scores])

    def box_rows(self, outputs: Outputs, where: str) -> Boxes:
        """The boxes as they are."""
        return self._rows(outputs, where)[0]

    def _rows(self, outputs: Outputs, where: str) -> tuple[Boxes, Floats]:
        """Boxes [N, 4] and scores [N, C]."""
        parts = self.arrays(outputs, where)
        boxes, scores = (
            parts[name].reshape(core_shape(parts[name].shape, 2)) for name in ("boxes", "scores")
        )
        rows = boxes if boxes.shape[1] == BOX_SIDES else boxes.T
        is_transposed = len(scores) != len(rows) == scores.shape[1]
        return rows, scores.T if is_transposed else scores

    def raw_scores(self, outputs: Outputs, where: str) -> Floats:
        """The scores as they are."""
        return self._rows(outputs, where)[1]

    def logit_activation(self, scores: Sequence[Floats]) -> Activation:
        """Softmax where a class means no object, else the sigmoid."""
        del scores  # logits alone do not show it
        return "sigmoid" if self.background_class is None else "softmax"

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes with their probabilities."""
        scores = self.raw_scores(outputs, where)
        boxes = self.box_rows(outputs, where)
        corners = self.corners_of(boxes)
        return DenseBoxes(
            corners,
            probabilities(scores, self.activation_of(scores), self.background_class),
            self.is_relative(corners),
        )
