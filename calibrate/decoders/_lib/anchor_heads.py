"""What the YOLO decoders with anchors share: reading their heads, or rows decoded in the model."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from calibrate.core.boxes import from_centres
from calibrate.core.component import Outputs
from calibrate.decoders._lib.activation import within_unit
from calibrate.decoders._lib.class_count import (
    grid_channels,
    known_classes,
    row_channels,
    without_ones,
)
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.detector import RelativeBoxes
from calibrate.decoders._lib.heads import Floats, cells, sigmoid
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


HEAD_RANK = 3


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One level's head by cell and anchor, both [H W, A, 5 + C].

    Attributes:
        raw: as the model gives it.
        activated: after the sigmoid, which the model may have applied itself.
    """

    raw: Floats
    activated: Floats


class AnchorDetector(RelativeBoxes, DenseDetector):
    """A decoder of heads that predict x, y, width, height, object and classes for each anchor."""

    outputs: tuple[str, ...] | None = None
    """Names of the heads in the order of the strides, or of the one output with decoded rows."""
    layout: Literal["auto", "heads", "rows"] = "auto"
    """`heads`: one output a level, [A (5 + C), H, W], [H, W, A (5 + C)] or [A, H, W, 5 + C];
    `rows`: decoded in the model, [N, 5 + C] or [5 + C, N]; `auto` takes rows where there are."""
    classes: int | None = Field(default=None, ge=1)
    """Number of the model's classes; by default derived from the outputs' shapes."""
    strides: tuple[int, ...] = Field(default=(8, 16, 32), min_length=1)
    """Pixels per cell of each level, smallest first."""
    anchors: Anchors = COCO_ANCHORS
    """Width and height in pixels of the anchors of each level, in the order of the strides."""
    activated: Literal["auto"] | bool = "auto"
    """Whether the heads hold probabilities and positions already (RegionYolo in the model);
    `auto`: where object and classes lie within 0-1 in all samples that were examined."""
    object_threshold: float = Field(default=0.0, ge=0, lt=1)
    """Boxes whose object probability is this or lower are left out, independent of their
    classes."""
    relative_boxes: Literal["auto"] | bool = "auto"
    """For rows: whether boxes are in 0-1 of the model's input; false: in its pixels; `auto`: as
    the boxes of the samples show."""

    @model_validator(mode="after")
    def _a_set_of_anchors_a_stride(self) -> Self:
        if len(self.anchors) != len(self.strides):
            raise ValueError(
                f"{len(self.strides)} strides need as many sets of anchors, "
                f"and there are {len(self.anchors)}"
            )
        return self

    @abstractmethod
    def decode_level(self, cell: Floats, head: Head, anchors: Floats, stride: float) -> Floats:
        """Boxes of one level.

        Args:
            cell: [H W, 1, 2], column and row.
            head: of the level.
            anchors: [A, 2], width and height in pixels.
            stride: pixels a cell.

        Returns:
            [H W, A, 5 + C] with centre and size in pixels, and probabilities.
        """

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Whether heads are activated and boxes relative.

        Raises:
            CalibrateError: the scores are no probabilities, or what the decoder cannot read.
        """
        fitted: dict[str, object] = {}
        if self.activated == "auto":
            fitted["activated"] = all(self._looks_activated(sample) for sample in outputs)
        detector = self.model_copy(update=fitted)
        return fitted | dict(DenseDetector.auto_parameters(detector, outputs))

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows, or the heads as `level 0` (the smallest stride) and so on."""
        channels = 5 + self._classes(shapes)
        rows: tuple[Pattern, ...] = ((None, channels), (channels, None))
        named = self.outputs or None
        has_rows = any(fits_any(shape, rows) for shape in shapes.values())
        if self.layout == "rows" or (self.layout == "auto" and has_rows and _at_most_one(named)):
            return assign(shapes, [Role("rows", "outputs", named[0] if named else None, rows)])
        patterns = [_head_patterns(len(anchors), channels) for anchors in self.anchors]
        return level_roles(shapes, patterns, named, self.strides)

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all anchors."""
        parts = self.arrays(outputs, where)
        if "rows" in parts:
            rows = joined_rows(parts["rows"], 5 + self._classes(_shapes(outputs)))
            boxes = from_centres(rows[:, :4])
            return DenseBoxes(boxes, self._scores(rows), self.is_relative(boxes))
        levels = self._levels(parts, _shapes(outputs))
        activated = _activated(levels) if self.activated == "auto" else self.activated
        rows = np.concatenate(
            [self._level(i, levels, where, activated=activated) for i in range(len(levels))]
        )
        return DenseBoxes(from_centres(rows[:, :4]), self._scores(rows), relative=False)

    def _scores(self, rows: Floats) -> Floats:
        """Scores [N, C] of rows [N, 5 + C]: 0 where there is no object."""
        objects = rows[:, 4:5] * (rows[:, 4:5] > self.object_threshold)
        scores: Floats = (objects * rows[:, 5:]).astype(np.float32)
        return scores

    def _level(
        self, level: int, levels: Sequence[Floats], where: str, *, activated: bool
    ) -> Floats:
        anchors = np.array(self.anchors[level], np.float32)
        raw = levels[level]
        height, width = raw.shape[:2]
        first = levels[0].shape[:2]
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
        by_cell = raw.reshape(height * width, len(anchors), raw.shape[-1])
        place = cells(height, width)[:, None, :]
        head = Head(by_cell, by_cell if activated else sigmoid(by_cell))
        return self.decode_level(place, head, anchors, float(stride)).reshape(-1, raw.shape[-1])

    def _levels(self, parts: Mapping[str, Floats], shapes: Mapping[str, Shape]) -> list[Floats]:
        """The head of each level as [H, W, A, 5 + C]."""
        channels = 5 + self._classes(shapes)
        return [
            _by_cell(parts[f"level {level}"], len(anchors), channels)
            for level, anchors in enumerate(self.anchors)
        ]

    def _looks_activated(self, outputs: Outputs) -> bool:
        parts = self.arrays(outputs, "")
        return "rows" in parts or _activated(self._levels(parts, _shapes(outputs)))

    def _classes(self, shapes: Mapping[str, Shape]) -> int:
        """The classes as given, or as rows or heads have numbers for them."""
        if self.classes is not None:
            return self.classes
        named = {name: shapes[name] for name in self.outputs or shapes if name in shapes}
        rows = [channels for shape in named.values() if (channels := row_channels(shape))]
        if rows and self.layout != "heads":
            return known_classes(rows[0] - 5 if len(rows) == 1 else None, shapes)
        deep = {shape[-1] for shape in named.values() if len(without_ones(shape)) == HEAD_RANK + 1}
        if len(deep) == 1:
            return known_classes(deep.pop() - 5, shapes)
        joined = grid_channels(
            shape for shape in named.values() if len(without_ones(shape)) == HEAD_RANK
        )
        count = len(self.anchors[0])
        fits = joined is not None and joined % count == 0
        return known_classes(joined // count - 5 if joined and fits else None, shapes)


def _by_cell(head: Floats, anchors: int, channels: int) -> Floats:
    """Any layout of a head as [H, W, A, 5 + C]."""
    if head.ndim == 4 and head.shape[0] == anchors and head.shape[-1] == channels:
        return head.transpose(1, 2, 0, 3)
    head = head.reshape(core_shape(head.shape, HEAD_RANK))
    if head.shape[0] == anchors * channels:
        head = head.transpose(1, 2, 0)
    return head.reshape(*head.shape[:2], anchors, channels)


def _activated(levels: Sequence[Floats]) -> bool:
    """Whether object and classes of all levels are probabilities."""
    return within_unit(level[..., 4:] for level in levels)


def _shapes(outputs: Outputs) -> dict[str, Shape]:
    return {name: values.shape for name, values in outputs.items()}


def _head_patterns(anchors: int, channels: int) -> tuple[Pattern, ...]:
    return (
        (anchors * channels, None, None),
        (None, None, anchors * channels),
        (anchors, None, None, channels),
    )


def _at_most_one(named: tuple[str, ...] | None) -> bool:
    return named is None or len(named) == 1
