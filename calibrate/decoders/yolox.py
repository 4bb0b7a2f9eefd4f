"""Decoder `yolox`."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from calibrate.core.boxes import from_centres
from calibrate.core.component import Outputs
from calibrate.decoders._lib.activated import ActivatedDetector
from calibrate.decoders._lib.class_count import known_classes
from calibrate.decoders._lib.detection import DenseBoxes
from calibrate.decoders._lib.heads import Floats, grown, level_cells, probabilities
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape


class YoloX(ActivatedDetector):
    """YOLOX: rows [N, 5 + C] of x, y, width, height, object and classes.

    The published exports leave the boxes to be decoded: centre (cell + xy) stride, size
    exp(wh) stride; `decoded: true` reads exports that do it inside. Rows go through the levels
    from the smallest stride on. Source: Ge et al., YOLOX, 2021.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: yolox, strides: [8, 16, 32]}
    """

    output: str | None = None
    """Name of the output with the rows, where several could be it."""
    classes: int | None = Field(default=None, ge=1)
    """Number of the model's classes; by default derived from the outputs' shapes."""
    strides: tuple[int, ...] = Field(default=(8, 16, 32), min_length=1)
    """Pixels per cell of each level."""
    input_size: tuple[int, int] | None = None
    """Height and width of the model's input; a square one is found out from the rows."""
    decoded: bool = False
    """Whether the boxes are centre and size in pixels of the input already."""
    nms_threshold: float | None = Field(default=0.65, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows."""
        channels = None if self.classes is None else 5 + self.classes
        return assign(shapes, [Role("rows", "output", self.output, ((None, channels),))])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all cells."""
        rows = self._rows(outputs, where)
        centres = rows[:, :4]
        if not self.decoded:
            places, strides = level_cells(len(rows), self.strides, self.input_size)
            moved, sized = (places + rows[:, :2]) * strides, grown(rows[:, 2:4]) * strides
            centres = np.concatenate([moved, sized], axis=1)
        sure = probabilities(rows[:, 4:], self.activation_of(rows[:, 4:]), None)
        return DenseBoxes(from_centres(centres), sure[:, :1] * sure[:, 1:], relative=False)

    def raw_scores(self, outputs: Outputs, where: str) -> Floats:
        """Object and classes as they are."""
        return self._rows(outputs, where)[:, 4:]

    def _rows(self, outputs: Outputs, where: str) -> Floats:
        rows = self.arrays(outputs, where)["rows"]
        known_classes(rows.shape[-1] - 5, {"rows": rows.shape})
        return rows.reshape(-1, rows.shape[-1])
