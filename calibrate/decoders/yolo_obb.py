"""Decoder `yolo_obb`."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from calibrate.core.component import Outputs
from calibrate.core.predictions.oriented_boxes import OrientedBoxes
from calibrate.core.quads import Quads, enclosing, pair_quad_iou, quads_of
from calibrate.core.sample import Facts
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.detector import RelativeBoxes
from calibrate.decoders._lib.heads import Floats
from calibrate.decoders._lib.output_roles import Role, assign, core_shape
from calibrate.decoders._lib.outputs import Shape, place
from calibrate.errors import CalibrateError

BOX_SIDES = 4
LEAST_LENGTH = BOX_SIDES + 2
"""Numbers of a row with one class: the box, the score and the angle."""


class YoloObb(RelativeBoxes, DenseDetector):
    """YOLOv8-obb, YOLO11-obb and similar models: rows [4 + C + 1, N] of oriented boxes.

    Rows hold centre x, centre y, width, height, the classes' probabilities and the angle in
    radians. Suppression takes the intersection over union of the oriented boxes; Ultralytics takes
    an approximation of it by Gaussians.

    Divergence: how far the 64 best pairs of class and upright box around the oriented one have
    moved in score and place, weighted by FP32's score.

    Example:
        decoder: {type: yolo_obb, nms_threshold: 0.7}
    """

    output: str | None = None
    """Name of the output with the rows, where several could be it."""
    nms_threshold: float | None = Field(default=0.7, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows."""
        return assign(shapes, [Role("rows", "output", self.output, ((None, None),))])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The upright boxes around all oriented ones, and their scores."""
        rows = self._rows(outputs, where)
        boxes = enclosing(_corners(rows))
        scores = np.ascontiguousarray(rows[:, BOX_SIDES:-1])
        return DenseBoxes(boxes, scores, self.is_relative(boxes))

    def predict(self, outputs: Outputs, facts: Facts) -> OrientedBoxes:
        """What suppression leaves, in pixels of the source image.

        Raises:
            CalibrateError: the outputs are not what this decoder reads, or the sample is no image.
        """
        where = place(facts)
        geometry = facts.geometry
        if geometry is None:
            raise CalibrateError("the sample is no image, so boxes have no place in it", where)
        dense, ids = self.known(outputs, where)
        rows = self._rows(outputs, where)
        if dense.relative:
            # Angles are between pixels, so sizes come before corners.
            size = np.array([geometry.width, geometry.height] * 2, np.float32)
            rows = np.concatenate([rows[:, :BOX_SIDES] * size, rows[:, BOX_SIDES:]], axis=1)
        corners = _corners(rows)
        offset = np.array([geometry.offset_x, geometry.offset_y], np.float32)
        scale = np.array([geometry.scale_x, geometry.scale_y], np.float32)
        corners = corners if self.source_boxes else (corners - offset) / scale
        kept = self.suppressed(corners, dense.scores, pair_quad_iou)
        best, scores = corners[kept.index], dense.scores[kept.index, kept.label]
        return OrientedBoxes(enclosing(best), scores, ids[kept.label], best)

    def _rows(self, outputs: Outputs, where: str) -> Floats:
        """[N, 4 + C + 1]."""
        values = self.arrays(outputs, where)["rows"]
        values = values.reshape(core_shape(values.shape, 2))
        wide = [side for side in values.shape if side >= LEAST_LENGTH]
        if not wide:
            raise CalibrateError(
                f"rows of shape {list(values.shape)} hold no class beside box and angle", where
            )
        return values if values.shape[1] == min(wide) else values.T


def _corners(rows: Floats) -> Quads:
    return quads_of(rows[:, :BOX_SIDES], rows[:, -1])
