"""Decoder `yolo_pose`."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.boxes import areas, from_centres
from calibrate.core.component import Outputs
from calibrate.core.predictions.poses import Poses
from calibrate.core.sample import Facts
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.detector import RelativeBoxes
from calibrate.decoders._lib.heads import Floats
from calibrate.decoders._lib.output_roles import Role, assign, core_shape
from calibrate.decoders._lib.outputs import Shape, place
from calibrate.errors import CalibrateError

BOX_SIDES = 4
COMPARED = 16
"""Objects of an image whose keypoints the divergence compares, best first."""
SPREAD = 0.1
"""Distance of a keypoint that matters, relative to the square root of the object's area: twice the
mean of COCO's standard deviations is 0.13."""


class YoloPose(RelativeBoxes, DenseDetector):
    """YOLOv8-pose, YOLO11-pose and similar models: rows [4 + C + 3 K, N].

    Rows hold centre x, centre y, width, height, the classes' probabilities and x, y and score of
    each of K keypoints, in the unit of the boxes.

    Divergence: that of the boxes (how far the 64 best pairs of box and class have moved), plus, of
    the 16 best, the cube of FP32's score times the square of one minus the mean similarity of the
    keypoints, exp(-d^2 / (2 (0.1)^2 area)).

    Example:
        decoder: {type: yolo_pose, keypoints: 17}
    """

    output: str | None = None
    """Name of the output with the rows, where several could be it."""
    keypoints: int = Field(default=17, ge=1)
    """Keypoints of an object: 17 for COCO."""
    nms_threshold: float | None = Field(default=0.7, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows."""
        return assign(shapes, [Role("rows", "output", self.output, ((None, None),))])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all rows."""
        rows = self._rows(outputs, where)
        boxes = from_centres(rows[:, :BOX_SIDES])
        scores = np.ascontiguousarray(rows[:, BOX_SIDES : -3 * self.keypoints])
        return DenseBoxes(boxes, scores, self.is_relative(boxes))

    def predict(self, outputs: Outputs, facts: Facts) -> Poses:
        """What suppression leaves, with keypoints in pixels of the source image.

        Raises:
            CalibrateError: the outputs are not what this decoder reads, or the sample is no image.
        """
        where = place(facts)
        detections, index = self.kept(outputs, facts)
        geometry = facts.geometry
        if geometry is None:
            raise CalibrateError("the sample is no image, so keypoints have no place in it", where)
        points = self._points(outputs, where)[index]
        if self.dense(outputs, where).relative:
            points[:, :, :2] *= [geometry.width, geometry.height]
        points[:, :, 0] = (points[:, :, 0] - geometry.offset_x) / geometry.scale_x
        points[:, :, 1] = (points[:, :, 1] - geometry.offset_y) / geometry.scale_y
        return Poses(detections.boxes, detections.scores, detections.labels, points)

    def signature(self, outputs: Outputs) -> Outputs:
        """The best pairs of box and class, and the keypoints of the best of them."""
        kept = dict(super().signature(outputs))
        return {**kept, "keypoints": self._best_points(outputs, kept["index"][:COMPARED])}

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """How far the best pairs and their keypoints have moved."""
        index = reference["index"][:COMPARED]
        apart = reference["keypoints"].astype(np.float64) - self._best_points(outputs, index)
        size = np.maximum(areas(reference["boxes"][:COMPARED]).astype(np.float64), 1e-12)
        distance = np.square(apart[:, :, :2]).sum(axis=2) / (2 * SPREAD**2 * size[:, None])
        weights = reference["scores"][:COMPARED].astype(np.float64) ** 3
        moved = float((weights * (1.0 - np.exp(-distance).mean(axis=1)) ** 2).sum())
        return super().divergence(reference, outputs) + moved

    def _best_points(self, outputs: Outputs, index: NDArray[np.int64]) -> Floats:
        """[K, keypoints, 3] of the pairs at `index`."""
        rows = self._rows(outputs, "")
        classes = rows.shape[1] - BOX_SIDES - 3 * self.keypoints
        return np.asarray(self._points(outputs, "")[index // max(1, classes)], np.float32)

    def _points(self, outputs: Outputs, where: str) -> Floats:
        """[N, keypoints, 3], as the model gives them; a copy."""
        rows = self._rows(outputs, where)
        return np.array(rows[:, -3 * self.keypoints :].reshape(len(rows), self.keypoints, 3))

    def _rows(self, outputs: Outputs, where: str) -> Floats:
        """[N, 4 + C + 3 K]."""
        values = self.arrays(outputs, where)["rows"]
        values = values.reshape(core_shape(values.shape, 2))
        wide = [side for side in values.shape if side > BOX_SIDES + 3 * self.keypoints]
        if not wide:
            raise CalibrateError(
                f"rows of shape {list(values.shape)} hold no class beside {self.keypoints} "
                "keypoints of three numbers",
                where,
                "set `keypoints`",
            )
        return values if values.shape[1] == min(wide) else values.T
