"""Decoder `nanodet`."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field

from calibrate.core.boxes import from_distances
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import expected_distance, level_cells, probabilities
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape


class NanoDet(DenseDetector):
    """Anchor-free heads with distribution regression: rows [N, C + 4 (reg_max + 1)].

    A row holds the classes and, for left, top, right and bottom, logits over the distances 0 to
    reg_max in cells. Rows go through the levels from the smallest stride on.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighed
    by FP32's score.

    Example:
        decoder: {type: nanodet, strides: [8, 16, 32, 64], nms_threshold: 0.6}
    """

    output: str | None = None
    """Name of the output with the rows, where several could be it."""
    classes: int = Field(default=80, ge=1)
    """How many classes the model tells apart."""
    reg_max: int = Field(default=7, ge=1)
    """The greatest distance that the distribution knows, in cells."""
    strides: tuple[int, ...] = Field(default=(8, 16, 32, 64), min_length=1)
    """Pixels a cell of each level: [8, 16, 32] for NanoDet, [8, 16, 32, 64] for NanoDet-Plus."""
    cell_offset: float = 0.0
    """Where in its cell a point is: 0 for NanoDet-Plus, 0.5 for the first NanoDet."""
    input_size: tuple[int, int] | None = None
    """Height and width of the model's input; a square one is found out from the rows."""
    activation: Literal["none", "sigmoid"] = "none"
    """What is still to be applied to the classes: published exports hold probabilities."""
    nms_threshold: float | None = Field(default=0.6, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows."""
        patterns = ((None, self.classes + 4 * (self.reg_max + 1)),)
        return assign(shapes, [Role("rows", "output", self.output, patterns)])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all points."""
        rows = self.arrays(outputs, where)["rows"]
        rows = rows.reshape(-1, rows.shape[-1])
        places, strides = level_cells(len(rows), self.strides, self.input_size)
        logits = rows[:, self.classes :].reshape(len(rows), 4, self.reg_max + 1)
        points = (places + np.float32(self.cell_offset)) * strides
        boxes = from_distances(points, expected_distance(logits) * strides)
        scores = probabilities(rows[:, : self.classes], self.activation, None)
        return DenseBoxes(boxes, scores, relative=False)
