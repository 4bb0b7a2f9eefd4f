"""Decoder `yolov8`."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field

from calibrate.core.boxes import Boxes, from_centres, from_distances
from calibrate.core.component import Outputs
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import Floats, cells, channels_first, expected_distance, sigmoid
from calibrate.decoders._lib.level_outputs import joined_rows, level_roles
from calibrate.decoders._lib.output_roles import Pattern, Role, assign, core_shape, fits_any
from calibrate.decoders._lib.outputs import Shape


class YoloV8(DenseDetector):
    """YOLOv8, YOLOv9 and YOLO11: decoded [4 + C, N], or the heads of the levels.

    Decoded rows hold centre x, centre y, width, height and the classes' probabilities. A head
    [4 R + C, H, W] holds logits over R distances for left, top, right and bottom, in cells from
    the cell's middle, and the classes' logits; or boxes [4 R, H, W] and classes [C, H, W] are
    outputs apart.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighed
    by FP32's score.

    Example:
        decoder: {type: yolov8, classes: 80, nms_threshold: 0.7}
    """

    outputs: tuple[str, ...] | None = None
    """Names of the heads in the order of the strides (boxes of all levels before classes of all
    where they are apart), or of the one decoded output."""
    layout: Literal["auto", "heads", "rows"] = "auto"
    """`rows`: decoded in the model, [4 + C, N] or [N, 4 + C]; `auto` takes rows where there are."""
    classes: int = Field(default=80, ge=1)
    """How many classes the model tells apart."""
    strides: tuple[int, ...] = Field(default=(8, 16, 32), min_length=1)
    """Pixels a cell of each level, for heads."""
    reg_max: int = Field(default=16, ge=2)
    """How many distances (R) the distribution knows, for heads."""
    relative_boxes: bool = False
    """For rows: whether boxes are in 0-1 of the model's input; false: in its pixels."""
    nms_threshold: float | None = Field(default=0.7, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows, or the heads as `level 0`, or as `box 0` and `class 0`, and so on."""
        rows: tuple[Pattern, ...] = ((4 + self.classes, None), (None, 4 + self.classes))
        named, levels = self.outputs or None, len(self.strides)
        has_rows = any(fits_any(shape, rows) for shape in shapes.values())
        wants_rows = self.layout == "auto" and has_rows and (named is None or len(named) == 1)
        if self.layout == "rows" or wants_rows:
            return assign(shapes, [Role("rows", "outputs", named[0] if named else None, rows)])
        joined = _grid(4 * self.reg_max + self.classes)
        apart = len(named) == 2 * levels if named else not _any(shapes, joined)
        if not apart:
            return level_roles(shapes, [joined] * levels, named, self.strides)
        boxes, classes = (named[:levels], named[levels:]) if named else (None, None)
        box_heads, class_heads = _grid(4 * self.reg_max), _grid(self.classes)
        return {
            **level_roles(shapes, [box_heads] * levels, boxes, self.strides, "box"),
            **level_roles(shapes, [class_heads] * levels, classes, self.strides, "class"),
        }

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all cells."""
        parts = self.arrays(outputs, where)
        if "rows" in parts:
            rows = joined_rows(parts["rows"], 4 + self.classes)
            return DenseBoxes(from_centres(rows[:, :4]), rows[:, 4:], self.relative_boxes)
        levels = [self._level(i, parts) for i in range(len(self.strides))]
        boxes = np.concatenate([boxes for boxes, _ in levels])
        scores = np.concatenate([scores for _, scores in levels])
        return DenseBoxes(boxes, scores, relative=False)

    def _level(self, level: int, parts: Mapping[str, Floats]) -> tuple[Boxes, Floats]:
        sides = 4 * self.reg_max
        if f"level {level}" in parts:
            head = _core(parts[f"level {level}"], sides + self.classes)
            boxes, classes = head[:sides], head[sides:]
        else:
            boxes = _core(parts[f"box {level}"], sides)
            classes = _core(parts[f"class {level}"], self.classes)
        height, width = boxes.shape[1:]
        logits = boxes.reshape(4, self.reg_max, -1).transpose(2, 0, 1)
        points = cells(height, width) + np.float32(0.5)
        stride = np.float32(self.strides[level])
        corners = from_distances(points, expected_distance(logits)) * stride
        return corners, sigmoid(classes.reshape(self.classes, -1).T)


def _grid(channels: int) -> tuple[Pattern, ...]:
    return ((channels, None, None), (None, None, channels))


def _any(shapes: Mapping[str, Shape], patterns: tuple[Pattern, ...]) -> bool:
    return any(fits_any(shape, patterns) for shape in shapes.values())


def _core(head: Floats, channels: int) -> Floats:
    return channels_first(head.reshape(core_shape(head.shape, 3)), channels)
