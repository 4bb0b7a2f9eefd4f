"""Decoder `yolo_v3_onnx`."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from calibrate.core.boxes import to_corners
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import ListDetector, ListedBoxes
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError


class YoloV3Onnx(ListDetector):
    """YOLOv3 of the ONNX model zoo: boxes [N, 4], scores [C, N] and chosen indices [K, 3].

    A row of the indices is image, class and box, as ONNX's NonMaxSuppression gives them; the first
    row that begins with -1 ends them. Boxes are ymin xmin ymax xmax in pixels of the source image,
    whose size is an input of the model (`source: source_size`).

    Divergence: how far the 64 best detections have moved in score and place, each paired with one
    of its class, weighted by FP32's score.

    Example:
        decoder: {type: yolo_v3_onnx}
    """

    boxes_out: str | None = None
    """Name of the output with the boxes, where several could be it."""
    scores_out: str | None = None
    """Name of the output with the scores, where several could be it."""
    indices_out: str | None = None
    """Name of the output with the indices, where several could be it."""
    source_boxes: bool = True
    """Whether the model gives boxes in pixels of the source image, since it is fed its size."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Boxes, scores and indices."""
        boxes = Role("boxes", "boxes_out", self.boxes_out, ((None, 4),), ("box", "ExpandDims_1"))
        scores = Role("scores", "scores_out", self.scores_out, ((None, None),), ("score",))
        indices = Role("indices", "indices_out", self.indices_out, ((None, 3),), ("ind", "concat"))
        return assign(shapes, [boxes, indices, scores])

    def listed(self, outputs: Outputs, where: str) -> ListedBoxes:
        """The boxes and classes that the indices choose."""
        parts = self.arrays(outputs, where)
        boxes = parts["boxes"].reshape(-1, 4)
        scores = parts["scores"].reshape(-1, parts["scores"].shape[-1])
        indices = np.rint(parts["indices"].reshape(-1, 3)).astype(np.int64)
        ends = np.flatnonzero(indices[:, 0] == -1)
        chosen = indices[: ends[0]] if ends.size else indices
        labels, rows = chosen[:, 1], chosen[:, 2]
        if scores.shape[1] != len(boxes) or not _within(chosen, len(scores), len(boxes)):
            raise CalibrateError(
                f"the indices do not fit {len(boxes)} boxes and scores {list(scores.shape)}",
                where,
                "set boxes_out, scores_out and indices_out",
            )
        corners = to_corners(boxes[rows], "yxyx")
        return ListedBoxes(corners, scores[labels, rows], labels, relative=False)


def _within(chosen: NDArray[np.int64], classes: int, count: int) -> bool:
    """Whether classes and boxes of the chosen rows exist."""
    labels, rows = chosen[:, 1], chosen[:, 2]
    return bool(((labels >= 0) & (labels < classes)).all() and ((rows >= 0) & (rows < count)).all())
