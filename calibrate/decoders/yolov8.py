"""Decoder `yolov8`."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field

from calibrate.core.boxes import Boxes, BoxFormat, from_distances
from calibrate.core.component import Outputs
from calibrate.decoders._lib.class_count import (
    grid_channels,
    known_classes,
    without_ones,
)
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.detector import FormattedBoxes, RelativeBoxes
from calibrate.decoders._lib.heads import Floats, cells, channels_first, expected_distance, sigmoid
from calibrate.decoders._lib.level_outputs import level_roles
from calibrate.decoders._lib.output_roles import Pattern, Role, assign, core_shape, fits_any
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError

BOX_SIDES = 4
ROW_RANK, GRID_RANK = 2, 3


class YoloV8(FormattedBoxes, RelativeBoxes, DenseDetector):
    """YOLOv8, YOLOv9, YOLO11 and YOLO12: decoded [4 + C, N], or the heads of the levels.

    Decoded rows hold centre x, centre y, width, height and the classes' probabilities; behind
    them may be the numbers that segmentation, pose and oriented models add, which are left out: 32
    coefficients of masks (with prototypes [32, H, W] as a second output), `keypoints` of three
    numbers, or an angle. A head [4 R + C, H, W] holds logits over R distances for left, top, right
    and bottom, in cells from the cell's middle, and the classes' logits; or boxes [4 R, H, W] and
    classes [C, H, W] are outputs apart.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: yolov8, nms_threshold: 0.7}
    """

    outputs: tuple[str, ...] | None = None
    """Names of the heads in the order of the strides (boxes of all levels before classes of all
    where they are apart), or of the one decoded output."""
    layout: Literal["auto", "heads", "rows"] = "auto"
    """`rows`: decoded in the model, [4 + C, N] or [N, 4 + C]; `auto` takes rows where there are."""
    classes: int | None = Field(default=None, ge=1)
    """Number of the model's classes; by default derived from the outputs' shapes."""
    keypoints: int = Field(default=0, ge=0)
    """Keypoints of three numbers behind the classes of a pose model: 17 for COCO."""
    oriented: bool = False
    """Whether an angle follows the classes (OBB models); the box is taken as upright."""
    strides: tuple[int, ...] = Field(default=(8, 16, 32), min_length=1)
    """Pixels per cell of each level, for heads."""
    reg_max: int = Field(default=16, ge=2)
    """How many distances (R) the distribution knows, for heads."""
    relative_boxes: Literal["auto"] | bool = "auto"
    """For rows: whether boxes are in 0-1 of the model's input; false: in its pixels; `auto`: as
    the boxes of the samples show."""
    box_format: Literal["auto"] | BoxFormat = "auto"
    """For rows: order of a box's numbers: corners, corners with y first, centre and size, or the
    first corner and size; `auto`: corners or centre and size, as the boxes of the samples show."""
    nms_threshold: float | None = Field(default=0.7, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows, or the heads as `level 0`, or as `box 0` and `class 0`, and so on."""
        named, levels = self.outputs or None, len(self.strides)
        at_most_one = named is None or len(named) == 1
        if self.layout == "rows" or (
            self.layout == "auto" and at_most_one and self._has_rows(shapes)
        ):
            patterns = self._row_patterns(shapes) or ((None, None),)
            return assign(shapes, [Role("rows", "outputs", named[0] if named else None, patterns)])
        classes = self._head_classes(shapes)
        joined = _grid(4 * self.reg_max + classes)
        apart = len(named) == 2 * levels if named else not _any(shapes, joined)
        if not apart:
            return level_roles(shapes, [joined] * levels, named, self.strides)
        box_names, class_names = (named[:levels], named[levels:]) if named else (None, None)
        box_heads, class_heads = _grid(4 * self.reg_max), _grid(classes)
        return {
            **level_roles(shapes, [box_heads] * levels, box_names, self.strides, "box"),
            **level_roles(shapes, [class_heads] * levels, class_names, self.strides, "class"),
        }

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all cells."""
        shapes = {name: values.shape for name, values in outputs.items()}
        parts = self.arrays(outputs, where)
        if "rows" in parts:
            return self._from_rows(parts["rows"], _prototypes(shapes), where)
        classes = self._head_classes(shapes)
        levels = [self._level(i, parts, classes) for i in range(len(self.strides))]
        boxes = np.concatenate([boxes for boxes, _ in levels])
        scores = np.concatenate([scores for _, scores in levels])
        return DenseBoxes(boxes, scores, relative=False)

    def box_rows(self, outputs: Outputs, where: str) -> Boxes:
        """The boxes of rows as they are; none of heads, which hold distances."""
        parts = self.arrays(outputs, where)
        if "rows" not in parts:
            return np.zeros((0, BOX_SIDES), np.float32)
        shapes = {name: values.shape for name, values in outputs.items()}
        return self._rows(parts["rows"], _prototypes(shapes))[:, :BOX_SIDES]

    def _rows(self, values: Floats, prototypes: int) -> Floats:
        """[N, 4 + C + what stands behind]."""
        values = values.reshape(core_shape(values.shape, 2))
        wanted = self._row_length(prototypes) or self._shown_length(values.shape, prototypes)
        # A square array is read as rows.
        return values if values.shape[1] == wanted else values.T

    def _from_rows(self, values: Floats, prototypes: int, where: str) -> DenseBoxes:
        rows = self._rows(values, prototypes)
        classes = rows.shape[1] - BOX_SIDES - self._behind(prototypes)
        if classes < 1:
            raise CalibrateError(
                f"rows of {rows.shape[1]} numbers hold no scores",
                where,
                "check `keypoints` and `oriented`",
            )
        boxes = self.corners_of(rows[:, :BOX_SIDES])
        scores = np.ascontiguousarray(rows[:, BOX_SIDES : BOX_SIDES + classes])
        return DenseBoxes(boxes, scores, self.is_relative(boxes))

    def _row_patterns(self, shapes: Mapping[str, Shape]) -> tuple[Pattern, ...]:
        """What rows look like: as long as the parameters say, or as the outputs show."""
        length = self._row_length(_prototypes(shapes))
        if length is None:
            flat = [core for core in map(without_ones, shapes.values()) if len(core) == ROW_RANK]
            shown = {self._shown_length(core, _prototypes(shapes)) for core in flat} - {None}
            lengths = sorted(count for count in shown if count is not None)
        else:
            lengths = [length]
        return tuple(p for count in lengths for p in ((count, None), (None, count)))

    def _has_rows(self, shapes: Mapping[str, Shape]) -> bool:
        """Whether there is an output of rows, which no other output joins as a head."""
        patterns = self._row_patterns(shapes)
        rows = [shape for shape in shapes.values() if fits_any(shape, patterns)]
        heads = [shape for shape in shapes.values() if len(without_ones(shape)) == GRID_RANK]
        joins = any(shape[-1] == head[-1] for shape in rows for head in heads)
        return bool(rows) and not (self.classes is None and joins)

    def _row_length(self, prototypes: int) -> int | None:
        """Numbers of a row; None where the classes are not given."""
        return None if self.classes is None else BOX_SIDES + self.classes + self._behind(prototypes)

    def _shown_length(self, shape: Shape, prototypes: int) -> int | None:
        """The smaller of the dimensions that leave a class; None where none does."""
        least = BOX_SIDES + self._behind(prototypes) + 1
        return min((side for side in shape if side >= least), default=None)

    def _behind(self, prototypes: int) -> int:
        """Numbers of a row behind the classes."""
        return prototypes + 3 * self.keypoints + int(self.oriented)

    def _head_classes(self, shapes: Mapping[str, Shape]) -> int:
        """The classes as given, or as the heads have channels for them."""
        if self.classes is not None:
            return self.classes
        sides = 4 * self.reg_max
        named = {name: shapes[name] for name in self.outputs or shapes if name in shapes}
        grids = [s for s in map(without_ones, named.values()) if len(s) == GRID_RANK]
        joined = grid_channels(grids)
        if joined is None:
            others = [shape for shape in grids if sides not in (shape[0], shape[2])]
            joined = grid_channels(others)
            return known_classes(joined, shapes)
        return known_classes(joined - sides, shapes)

    def _level(
        self, level: int, parts: Mapping[str, Floats], class_count: int
    ) -> tuple[Boxes, Floats]:
        sides = 4 * self.reg_max
        if f"level {level}" in parts:
            head = _core(parts[f"level {level}"], sides + class_count)
            boxes, classes = head[:sides], head[sides:]
        else:
            boxes = _core(parts[f"box {level}"], sides)
            classes = _core(parts[f"class {level}"], class_count)
        height, width = boxes.shape[1:]
        logits = boxes.reshape(4, self.reg_max, -1).transpose(2, 0, 1)
        points = cells(height, width) + np.float32(0.5)
        stride = np.float32(self.strides[level])
        corners = from_distances(points, expected_distance(logits)) * stride
        return corners, sigmoid(classes.reshape(class_count, -1).T)


def _grid(channels: int) -> tuple[Pattern, ...]:
    return ((channels, None, None), (None, None, channels))


def _any(shapes: Mapping[str, Shape], patterns: tuple[Pattern, ...]) -> bool:
    return any(fits_any(shape, patterns) for shape in shapes.values())


def _core(head: Floats, channels: int) -> Floats:
    return channels_first(head.reshape(core_shape(head.shape, 3)), channels)


def _prototypes(shapes: Mapping[str, Shape]) -> int:
    """How many prototypes [P, H, W] of masks the outputs hold, 0 for none."""
    grids = [shape for shape in map(without_ones, shapes.values()) if len(shape) == GRID_RANK]
    return grids[0][0] if len(grids) == 1 else 0
