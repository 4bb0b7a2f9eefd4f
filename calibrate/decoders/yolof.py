"""Decoder `yolof`."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from calibrate.core.boxes import from_centres
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import cells, grown, sigmoid
from calibrate.decoders._lib.output_roles import Role, assign, core_shape
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError

SIDES = 4
"""Numbers of an anchor before the classes: x, y, width and height."""


class Yolof(DenseDetector):
    """YOLOF: one level [A (4 + C), H, W] of anchors without an object score.

    Centre cell stride + xy anchor, size anchor exp(wh), score sigmoid(class).
    Source: Chen et al., You Only Look One-level Feature, 2021.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: yolof, stride: 16}
    """

    output: str | None = None
    """Name of the output with the head, where several could be it."""
    anchors: tuple[tuple[float, float], ...] = Field(
        default=((16, 16), (32, 32), (64, 64), (128, 128), (256, 256), (512, 512)), min_length=1
    )
    """Width and height of each anchor in pixels of the input."""
    stride: float = Field(default=16, gt=0)
    """Pixels of the input per cell."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The head."""
        return assign(shapes, [Role("head", "output", self.output, ((None, None, None),))])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all anchors."""
        head = self.arrays(outputs, where)["head"]
        head = head.reshape(core_shape(head.shape, 3))
        channels, height, width = head.shape
        count = len(self.anchors)
        if channels % count or channels // count <= SIDES:
            raise CalibrateError(
                f"{channels} channels are not {SIDES} numbers and classes of each of {count} "
                "anchors",
                where,
                "set `anchors`",
            )
        rows = head.reshape(count, -1, height * width).transpose(2, 0, 1)
        anchors = np.array(self.anchors, np.float32)
        centres = cells(height, width)[:, None, :] * self.stride + rows[..., :2] * anchors
        sizes = grown(rows[..., 2:4]) * anchors
        boxes = np.concatenate([centres, sizes], axis=-1).reshape(-1, SIDES).astype(np.float32)
        scores = sigmoid(rows[..., SIDES:]).reshape(len(boxes), -1)
        return DenseBoxes(from_centres(boxes), scores.astype(np.float32), relative=False)
