"""Decoder `ssd_onnx`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from calibrate.core.boxes import Boxes, BoxFormat, to_corners
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import ListDetector, ListedBoxes
from calibrate.decoders._lib.detector import FormattedBoxes, RelativeBoxes
from calibrate.decoders._lib.output_roles import Role, assign, core_shape
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError

_TENSORFLOW_NAMES = frozenset({"detection_boxes", "detection_classes", "detection_scores"})
"""Outputs of TensorFlow's Object Detection API, whose boxes are ymin xmin ymax xmax."""


class SsdOnnx(FormattedBoxes, RelativeBoxes, ListDetector):
    """Boxes, scores and labels of the detections as separate outputs, suppression done inside.

    Boxes are [N, 4], scores and labels [N]; or boxes are [N, 5] with the score behind, and there
    are no scores. Rows with a label below 0 are padding. Exports of torchvision, mmdeploy, Paddle,
    RT-DETR and D-FINE and of TensorFlow's Object Detection API (with `label_offset: -1`) give such
    outputs.

    Divergence: how far the 64 best detections have moved in score and place, each paired with one
    of its class, weighted by FP32's score.

    Example:
        decoder: {type: ssd_onnx, boxes_out: bboxes, label_offset: -1}
    """

    boxes_out: str | None = None
    """Name of the output with the boxes, where several could be it."""
    scores_out: str | None = None
    """Name of the output with the scores, if calibrate cannot identify it."""
    labels_out: str | None = None
    """Name of the output with the class numbers, if calibrate cannot identify it."""
    box_format: Literal["auto"] | BoxFormat = "auto"
    """Order of a box's numbers: corners, corners with y first, centre and size, or the first corner
    and size; `auto`: y first where the outputs have the names of TensorFlow's Object Detection
    API, else corners or centre and size, as the boxes of the samples show."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Boxes and labels, and scores if they do not follow the boxes."""
        boxes = Role("boxes", "boxes_out", self.boxes_out, ((None, 4), (None, 5)), ("box",))
        labels = Role("labels", "labels_out", self.labels_out, ((None,),), ("label", "class"))
        scores = Role("scores", "scores_out", self.scores_out, ((None,),), ("score", "conf"))
        assigned = assign(shapes, [boxes])
        joined = core_shape(shapes[assigned["boxes"]], 2)[-1] == 5
        return assign(shapes, [boxes, labels] if joined else [boxes, labels, scores])

    def listed(self, outputs: Outputs, where: str) -> ListedBoxes:
        """The rows that are not filling."""
        parts = self.arrays(outputs, where)
        boxes = parts["boxes"].reshape(-1, parts["boxes"].shape[-1])
        scores = parts["scores"].reshape(-1) if "scores" in parts else boxes[:, 4]
        labels = np.rint(parts["labels"].reshape(-1)).astype(np.int64)
        if not len(boxes) == len(scores) == len(labels):
            raise CalibrateError(
                f"{len(boxes)} boxes, {len(scores)} scores and {len(labels)} labels "
                "do not fit together",
                where,
            )
        real = labels >= 0
        rows = boxes[real, :4]
        has_y_first = self.box_format == "auto" and _are_tensorflow(outputs)
        corners = to_corners(rows, "yxyx") if has_y_first else self.corners_of(rows)
        return ListedBoxes(corners, scores[real], labels[real], self.is_relative(corners))

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """The format of the boxes, and whether they are in 0-1 of the input, where left at `auto`.

        Raises:
            CalibrateError: the scores are no probabilities, or what the decoder cannot read.
        """
        if self.box_format != "auto" or not _are_tensorflow(next(iter(outputs), ())):
            return super().auto_parameters(outputs)
        fitted = {"box_format": "yxyx"}
        return {**fitted, **self.model_copy(update=fitted).auto_parameters(outputs)}

    def box_rows(self, outputs: Outputs, where: str) -> Boxes:
        """The boxes of the rows that are not filling, as they are."""
        parts = self.arrays(outputs, where)
        boxes, labels = parts["boxes"], parts["labels"].reshape(-1)
        rows = boxes.reshape(-1, boxes.shape[-1])[:, :4]
        return rows[labels >= 0] if len(labels) == len(rows) else rows


def _are_tensorflow(names: Iterable[str]) -> bool:
    return {name.split(":")[0] for name in names} >= _TENSORFLOW_NAMES
