"""Decoder `yolox`."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field

from calibrate.core.boxes import from_centres
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import grown, level_cells, probabilities
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape


class YoloX(DenseDetector):
    """YOLOX: rows [N, 5 + C] of x, y, width, height, object and classes.

    The published exports leave the boxes to be decoded: centre (cell + xy) stride, size
    exp(wh) stride; `decoded: true` reads exports that do it inside. Rows go through the levels
    from the smallest stride on. Source: Ge et al., YOLOX, 2021.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighed
    by FP32's score.

    Example:
        decoder: {type: yolox, strides: [8, 16, 32]}
    """

    output: str | None = None
    """Name of the output with the rows, where several could be it."""
    classes: int = Field(default=80, ge=1)
    """How many classes the model tells apart."""
    strides: tuple[int, ...] = Field(default=(8, 16, 32), min_length=1)
    """Pixels a cell of each level."""
    input_size: tuple[int, int] | None = None
    """Height and width of the model's input; a square one is found out from the rows."""
    decoded: bool = False
    """Whether the boxes are centre and size in pixels of the input already."""
    activation: Literal["none", "sigmoid"] = "none"
    """What is still to be applied to object and classes: published exports hold probabilities."""
    nms_threshold: float | None = Field(default=0.65, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows."""
        return assign(shapes, [Role("rows", "output", self.output, ((None, 5 + self.classes),))])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all cells."""
        rows = self.arrays(outputs, where)["rows"]
        rows = rows.reshape(-1, 5 + self.classes)
        centres = rows[:, :4]
        if not self.decoded:
            places, strides = level_cells(len(rows), self.strides, self.input_size)
            moved, sized = (places + rows[:, :2]) * strides, grown(rows[:, 2:4]) * strides
            centres = np.concatenate([moved, sized], axis=1)
        sure = probabilities(rows[:, 4:], self.activation, None)
        return DenseBoxes(from_centres(centres), sure[:, :1] * sure[:, 1:], relative=False)
