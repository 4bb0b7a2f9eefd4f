"""Decoder `yolo_v3`."""

import numpy as np

from calibrate.decoders._lib.anchor_heads import AnchorDetector, Head
from calibrate.decoders._lib.heads import Floats, grown


class YoloV3(AnchorDetector):
    """YOLOv3 and YOLOv4: heads with anchors, or rows [N, 5 + C] decoded in the model.

    Centre (cell + sigmoid(xy)) stride, size anchor exp(wh), score sigmoid(object)
    sigmoid(class). Source: Redmon and Farhadi, YOLOv3, 2018.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder:
          type: yolo_v3
          classes: 20
          strides: [16, 32]
          anchors: [[[10, 14], [23, 27], [37, 58]], [[81, 82], [135, 169], [344, 319]]]
    """

    scale_xy: float = 1.0
    """Stretches the centre's range around the middle of its cell: 1.05-1.2 in YOLOv4."""

    def decode_level(self, cell: Floats, head: Head, anchors: Floats, stride: float) -> Floats:
        """Boxes of one level, [H W, A, 5 + C]."""
        sure = head.activated
        inside = sure[..., :2] * self.scale_xy - (self.scale_xy - 1) / 2
        centre = (cell + inside) * stride
        size = grown(head.raw[..., 2:4]) * anchors
        return np.concatenate([centre, size, sure[..., 4:]], axis=-1).astype(np.float32)
