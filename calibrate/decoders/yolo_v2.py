"""Decoder `yolo_v2`."""

from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Literal

import numpy as np
from pydantic import Field
from scipy.special import softmax

from calibrate.core.boxes import from_centres
from calibrate.core.component import Outputs
from calibrate.decoders._lib.activation import within_unit
from calibrate.decoders._lib.class_count import without_ones
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.heads import Floats, cells, grown, sigmoid
from calibrate.decoders._lib.output_roles import Pattern, Role, assign, core_shape
from calibrate.decoders._lib.outputs import Shape
from calibrate.errors import CalibrateError

Anchors = tuple[tuple[float, float], ...]

BEFORE_CLASSES = 5
"""Numbers of an anchor before the classes: x, y, width, height and object."""
GRID_RANK = 3
VOC_ANCHORS: Anchors = (
    (1.3221, 1.73145),
    (3.19275, 4.00944),
    (5.05587, 8.09892),
    (9.47112, 4.84053),
    (11.2364, 10.0071),
)


class YoloV2(DenseDetector):
    """YOLOv2 and Tiny YOLOv2: one head [A (5 + C), H, W] or [H, W, A (5 + C)], also as one row.

    Centre cell + sigmoid(xy), size anchor exp(wh), both in cells; score sigmoid(object)
    softmax(classes), of which the best class counts. Source: Redmon and Farhadi, YOLO9000, 2017.

    Divergence: how far the 64 best pairs of box and class have moved in score and place, weighted
    by FP32's score.

    Example:
        decoder: {type: yolo_v2, classes: 20, nms_threshold: 0.5}
    """

    output: str | None = None
    """Name of the output with the head, where several could be it."""
    classes: int | None = Field(default=None, ge=1)
    """Number of the model's classes; by default derived from the channels of a head [.., H, W]."""
    anchors: Anchors = VOC_ANCHORS
    """Width and height of each anchor in cells."""
    activated: Literal["auto"] | bool = "auto"
    """Whether the head holds probabilities and positions already (RegionYolo in the model);
    `auto`: where object and classes lie within 0-1 in all samples that were examined."""
    object_threshold: float = Field(default=0.0, ge=0, lt=1)
    """Boxes whose object probability is this or lower are left out, independent of their
    classes."""
    softmax_over: Literal["box", "image"] = "box"
    """Among which classes a raw head's probabilities sum to 1: those of a box, as trained, or
    those of all boxes of the image together, as the Open Model Zoo's Accuracy Checker takes
    them."""
    multi_label: bool = False
    """Whether a box may be detected as several classes; false: as its best class only."""

    def auto_parameters(self, outputs: Sequence[Outputs]) -> Mapping[str, object]:
        """Whether the head is activated.

        Raises:
            CalibrateError: the scores are no probabilities, or what the decoder cannot read.
        """
        fitted: dict[str, object] = {}
        if self.activated == "auto":
            fitted["activated"] = within_unit(
                [self._head(sample, "")[..., 4:] for sample in outputs]
            )
        detector = self.model_copy(update=fitted)
        return fitted | dict(DenseDetector.auto_parameters(detector, outputs))

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The head."""
        patterns: tuple[Pattern, ...] = ((None, None, None), (None,))
        if self.classes is not None:
            channels = len(self.anchors) * (BEFORE_CLASSES + self.classes)
            patterns = ((channels, None, None), (None, None, channels), (None,))
        return assign(shapes, [Role("head", "output", self.output, patterns)])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all anchors."""
        head = self._head(outputs, where)
        height, width = head.shape[:2]
        is_activated = self.activated
        if is_activated == "auto":
            is_activated = within_unit([head[..., 4:]])
        rows = head.reshape(height * width, len(self.anchors), -1)
        position = rows[..., :2] if is_activated else sigmoid(rows[..., :2])
        objects = rows[..., 4:5] if is_activated else sigmoid(rows[..., 4:5])
        of_classes = rows[..., BEFORE_CLASSES:]
        over = None if self.softmax_over == "image" else -1
        probabilities = of_classes if is_activated else softmax(of_classes, axis=over)
        objects = objects * (objects > self.object_threshold)
        centres = cells(height, width)[:, None, :] + position
        sizes = grown(rows[..., 2:4]) * np.array(self.anchors, np.float32)
        boxes = np.concatenate([centres, sizes], axis=-1) / np.array([width, height] * 2)
        scores = (objects * probabilities).reshape(-1, of_classes.shape[-1])
        return DenseBoxes(
            from_centres(boxes.reshape(-1, 4).astype(np.float32)),
            scores.astype(np.float32),
            relative=True,
        )

    def _head(self, outputs: Outputs, where: str) -> Floats:
        """The head as [H, W, A, 5 + C]."""
        head, count = self.arrays(outputs, where)["head"], len(self.anchors)
        if len(without_ones(head.shape)) == 1:
            head = self._unrolled(head.ravel(), where)
        head = head.reshape(core_shape(head.shape, GRID_RANK))
        given = None if self.classes is None else count * (BEFORE_CLASSES + self.classes)
        is_first = head.shape[0] == given or (given is None and head.shape[1] == head.shape[2])
        if is_first:
            head = head.transpose(1, 2, 0)
        if head.shape[2] % count or head.shape[2] // count <= BEFORE_CLASSES:
            raise CalibrateError(
                f"{head.shape[2]} channels are not {BEFORE_CLASSES} numbers and classes of each "
                f"of {count} anchors",
                where,
                "set `anchors` and `classes`",
            )
        return head.reshape(*head.shape[:2], count, -1)

    def _unrolled(self, row: Floats, where: str) -> Floats:
        """A row as [A (5 + C), H, W] with as many rows as columns."""
        if self.classes is None:
            raise CalibrateError(
                f"a head in one row of {row.size} numbers does not show its classes",
                where,
                "set `classes`",
            )
        channels = len(self.anchors) * (BEFORE_CLASSES + self.classes)
        side = isqrt(row.size // channels)
        if channels * side * side != row.size:
            raise CalibrateError(
                f"{row.size} numbers are not {channels} channels of a square grid",
                where,
                "set `anchors` and `classes`",
            )
        return row.reshape(channels, side, side)
