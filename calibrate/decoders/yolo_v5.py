"""Decoder `yolo_v5`."""

import numpy as np

from calibrate.decoders._lib.anchor_heads import AnchorDetector, Head
from calibrate.decoders._lib.heads import Floats


class YoloV5(AnchorDetector):
    """YOLOv5 and YOLOv7: heads with anchors, or rows [N, 5 + C] decoded in the model.

    Centre (cell - 0.5 + 2 sigmoid(xy)) stride, size anchor (2 sigmoid(wh))^2, score
    sigmoid(object) sigmoid(class). The formulas are those of the published exports.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: yolo_v5, classes: 80, nms_threshold: 0.6}
    """

    def decode_level(self, cell: Floats, head: Head, anchors: Floats, stride: float) -> Floats:
        """Boxes of one level, [H W, A, 5 + C]."""
        sure = head.activated
        centre = (cell - 0.5 + 2 * sure[..., :2]) * stride
        size = (2 * sure[..., 2:4]) ** 2 * anchors
        return np.concatenate([centre, size, sure[..., 4:]], axis=-1).astype(np.float32)
