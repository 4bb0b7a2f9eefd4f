"""Decoder `nanodet`."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from calibrate.core.boxes import from_distances
from calibrate.core.component import Outputs
from calibrate.decoders._lib.activated import ActivatedDetector
from calibrate.decoders._lib.class_count import known_classes
from calibrate.decoders._lib.detection import DenseBoxes
from calibrate.decoders._lib.heads import Floats, expected_distance, level_cells, probabilities
from calibrate.decoders._lib.output_roles import Role, assign
from calibrate.decoders._lib.outputs import Shape


class NanoDet(ActivatedDetector):
    """Anchor-free heads with distribution regression: rows [N, C + 4 (reg_max + 1)].

    A row holds the classes and, for left, top, right and bottom, logits over the distances 0 to
    reg_max in cells. Rows go through the levels from the smallest stride on.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: nanodet, strides: [8, 16, 32, 64], nms_threshold: 0.6}
    """

    output: str | None = None
    """Name of the output with the rows, where several could be it."""
    classes: int | None = Field(default=None, ge=1)
    """Number of the model's classes; by default derived from the outputs' shapes."""
    reg_max: int = Field(default=7, ge=1)
    """The greatest distance that the distribution knows, in cells."""
    strides: tuple[int, ...] = Field(default=(8, 16, 32, 64), min_length=1)
    """Pixels per cell of each level: [8, 16, 32] for NanoDet, [8, 16, 32, 64] for NanoDet-Plus."""
    cell_offset: float = 0.0
    """Where in its cell a point is: 0 for NanoDet-Plus, 0.5 for the first NanoDet."""
    input_size: tuple[int, int] | None = None
    """Height and width of the model's input; a square one is found out from the rows."""
    nms_threshold: float | None = Field(default=0.6, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows."""
        channels = None if self.classes is None else self.classes + self._sides
        return assign(shapes, [Role("rows", "output", self.output, ((None, channels),))])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all points."""
        rows = self._rows(outputs, where)
        classes = rows.shape[1] - self._sides
        places, strides = level_cells(len(rows), self.strides, self.input_size)
        logits = rows[:, classes:].reshape(len(rows), 4, self.reg_max + 1)
        points = (places + np.float32(self.cell_offset)) * strides
        boxes = from_distances(points, expected_distance(logits) * strides)
        raw = rows[:, :classes]
        return DenseBoxes(boxes, probabilities(raw, self.activation_of(raw), None), relative=False)

    def raw_scores(self, outputs: Outputs, where: str) -> Floats:
        """The classes as they are."""
        rows = self._rows(outputs, where)
        return rows[:, : rows.shape[1] - self._sides]

    @property
    def _sides(self) -> int:
        """Numbers of a row that are about the box."""
        return 4 * (self.reg_max + 1)

    def _rows(self, outputs: Outputs, where: str) -> Floats:
        rows = self.arrays(outputs, where)["rows"]
        known_classes(rows.shape[-1] - self._sides, {"rows": rows.shape})
        return rows.reshape(-1, rows.shape[-1])
