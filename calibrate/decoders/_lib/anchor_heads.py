"""What the YOLO decoders with anchors share: reading their heads, or rows decoded in the model."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from calibrate.core.boxes import from_centres
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import Floats, cells
from calibrate.decoders._lib.level_outputs import joined_rows, level_roles
from calibrate.decoders._lib.output_roles import Pattern, Role, assign, core_shape, fits_any
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError

Anchors = tuple[tuple[tuple[float, float], ...], ...]
"""Width and height in pixels of the input of each anchor of each level."""

COCO_ANCHORS: Anchors = (
    ((10, 13), (16, 30), (33, 23)),
    ((30, 61), (62, 45), (59, 119)),
    ((116, 90), (156, 198), (373, 326)),
)


class AnchorDetector(DenseDetector):
    """A decoder of heads that predict x, y, width, height, object and classes for each anchor."""

    outputs: tuple[str, ...] | None = None
    """Names of the heads in the order of the strides, or of the one output with decoded rows."""
    layout: Literal["auto", "heads", "rows"] = "auto"
    """`heads`: one output a level, [A (5 + C), H, W], [H, W, A (5 + C)] or [A, H, W, 5 + C];
    `rows`: decoded in the model, [N, 5 + C] or [5 + C, N]; `auto` takes rows where there are."""
    classes: int = Field(default=80, ge=1)
    """How many classes the model tells apart."""
    strides: tuple[int, ...] = Field(default=(8, 16, 32), min_length=1)
    """Pixels a cell of each level, smallest first."""
    anchors: Anchors = COCO_ANCHORS
    """Width and height in pixels of the anchors of each level, in the order of the strides."""
    activated: bool = False
    """Whether the heads hold probabilities and positions already (RegionYolo in the model)."""
    relative_boxes: bool = False
    """For rows: whether boxes are in 0-1 of the model's input; false: in its pixels."""

    @model_validator(mode="after")
    def _a_set_of_anchors_a_stride(self) -> Self:
        if len(self.anchors) != len(self.strides):
            raise ValueError(
                f"{len(self.strides)} strides need as many sets of anchors, "
                f"and there are {len(self.anchors)}"
            )
        return self

    @abstractmethod
    def decode_level(self, cell: Floats, raw: Floats, anchors: Floats, stride: float) -> Floats:
        """Boxes of one level.

        Args:
            cell: [H W, 1, 2], column and row.
            raw: [H W, A, 5 + C], the head; becomes probabilities where it is logits.
            anchors: [A, 2], width and height in pixels.
            stride: pixels a cell.

        Returns:
            [H W, A, 5 + C] with centre and size in pixels, and probabilities.
        """

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows, or the heads as `level 0` (the smallest stride) and so on."""
        channels = 5 + self.classes
        rows: tuple[Pattern, ...] = ((None, channels), (channels, None))
        named = self.outputs or None
        has_rows = any(fits_any(shape, rows) for shape in shapes.values())
        if self.layout == "rows" or (self.layout == "auto" and has_rows and _at_most_one(named)):
            return assign(shapes, [Role("rows", "outputs", named[0] if named else None, rows)])
        patterns = [self._head_patterns(len(anchors)) for anchors in self.anchors]
        return level_roles(shapes, patterns, named, self.strides)

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all anchors."""
        parts = self.arrays(outputs, where)
        relative = "rows" in parts and self.relative_boxes
        if "rows" in parts:
            rows = joined_rows(parts["rows"], 5 + self.classes)
        else:
            rows = np.concatenate([self._level(i, parts, where) for i in range(len(self.strides))])
        return DenseBoxes(from_centres(rows[:, :4]), rows[:, 4:5] * rows[:, 5:], relative)

    def _level(self, level: int, parts: Mapping[str, Floats], where: str) -> Floats:
        anchors = np.array(self.anchors[level], np.float32)
        raw = self._by_cell(parts[f"level {level}"], len(anchors))
        height, width = raw.shape[:2]
        first = self._by_cell(parts["level 0"], len(self.anchors[0])).shape[:2]
        stride = self.strides[level]
        if (height * stride, width * stride) != (
            first[0] * self.strides[0],
            first[1] * self.strides[0],
        ):
            raise CalibrateError(
                f"a head of {height} x {width} cells at stride {stride} does not fit one of "
                f"{first[0]} x {first[1]} at stride {self.strides[0]}",
                where,
                "set `strides` and `outputs` in the same order",
            )
        by_cell = raw.reshape(height * width, len(anchors), 5 + self.classes)
        place = cells(height, width)[:, None, :]
        decoded = self.decode_level(place, by_cell, anchors, float(stride))
        return decoded.reshape(-1, 5 + self.classes)

    def _by_cell(self, head: Floats, anchors: int) -> Floats:
        """Any layout of a head as [H, W, A, 5 + C]."""
        channels = 5 + self.classes
        if head.ndim == 4 and head.shape[0] == anchors and head.shape[-1] == channels:
            return head.transpose(1, 2, 0, 3)
        head = head.reshape(core_shape(head.shape, 3))
        if head.shape[0] == anchors * channels:
            head = head.transpose(1, 2, 0)
        return head.reshape(*head.shape[:2], anchors, channels)

    def _head_patterns(self, anchors: int) -> tuple[Pattern, ...]:
        channels = 5 + self.classes
        return (
            (anchors * channels, None, None),
            (None, None, anchors * channels),
            (anchors, None, None, channels),
        )


def _at_most_one(named: tuple[str, ...] | None) -> bool:
    return named is None or len(named) == 1
