"""Decoder `yolo_segmentation`."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.boxes import Boxes, from_centres
from calibrate.core.component import Outputs
from calibrate.core.masks import grid, interpolated
from calibrate.core.predictions.instance_masks import InstanceMasks
from calibrate.core.sample import Facts, Geometry
from calibrate.decoders._lib.detection import DenseBoxes, DenseDetector
from calibrate.decoders._lib.detector import RelativeBoxes
from calibrate.decoders._lib.heads import Floats
from calibrate.decoders._lib.output_roles import Role, assign, core_shape
from calibrate.decoders._lib.outputs import Shape, place
from calibrate.errors import CalibrateError

BOX_SIDES = 4
COMPARED = 16
"""Objects of an image whose masks the divergence compares, best first."""


class YoloSegmentation(RelativeBoxes, DenseDetector):
    """YOLOv8-seg, YOLO11-seg and similar models: rows [4 + C + P, N] and prototypes [P, H, W].

    Rows hold centre x, centre y, width, height, the classes' probabilities and P coefficients;
    a mask is where the sum of the prototypes, weighed by them, is above 0 inside of the box,
    interpolated to the source image. Source: Bolya et al., YOLACT, 2019, as Ultralytics uses it.

    Divergence: that of the boxes (how far the 64 best pairs of box and class have moved), plus, of
    the 16 best, the cube of FP32's score times the square of one minus the masks' overlap.

    Example:
        decoder: {type: yolo_segmentation, nms_threshold: 0.7}
    """

    output: str | None = None
    """Name of the output with the rows, where several could be it."""
    prototypes_out: str | None = None
    """Name of the output with the prototypes, where several could be it."""
    mask_stride: int = Field(default=4, ge=1)
    """Pixels of the input per cell of the prototypes, by which the divergence cuts masks out."""
    nms_threshold: float | None = Field(default=0.7, ge=0, le=1)
    """Of two boxes of a class that overlap by more (intersection over union), the better stays;
    null: no suppression."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The rows and the prototypes."""
        grid_role = Role("prototypes", "prototypes_out", self.prototypes_out, ((None, None, None),))
        roles = assign(shapes, [grid_role])
        others = {name: shape for name, shape in shapes.items() if name != roles["prototypes"]}
        return roles | assign(others, [Role("rows", "output", self.output, ((None, None),))])

    def dense(self, outputs: Outputs, where: str) -> DenseBoxes:
        """The boxes of all rows."""
        rows, prototypes = self._parts(outputs, where)
        boxes = from_centres(rows[:, :BOX_SIDES])
        scores = np.ascontiguousarray(rows[:, BOX_SIDES : -len(prototypes)])
        return DenseBoxes(boxes, scores, self.is_relative(boxes))

    def predict(self, outputs: Outputs, facts: Facts) -> InstanceMasks:
        """What suppression leaves, with masks in pixels of the source image.

        Raises:
            CalibrateError: the outputs are not what this decoder reads, the sample is no image, or
                part of the image has no prediction.
        """
        where = place(facts)
        detections, index = self.kept(outputs, facts)
        geometry = facts.geometry
        if geometry is None:
            raise CalibrateError("the sample is no image, so masks have no place in it", where)
        rows, prototypes = self._parts(outputs, where)
        coefficients = rows[index, -len(prototypes) :]
        masks = [
            _mask(np.tensordot(weights, prototypes, 1), box, geometry, where)
            for weights, box in zip(coefficients, detections.boxes, strict=True)
        ]
        width = -(-geometry.source_width // 8)
        empty = np.zeros((0, geometry.source_height, width), np.uint8)
        return InstanceMasks(
            detections.boxes,
            detections.scores,
            detections.labels,
            np.stack(masks) if masks else empty,
            geometry.source_width,
        )

    def signature(self, outputs: Outputs) -> Outputs:
        """The best pairs of box and class, and the masks of the best of them."""
        kept = dict(super().signature(outputs))
        index = kept["index"][:COMPARED]
        return {**kept, "masks": np.packbits(self._masks(outputs, index, kept["boxes"]), axis=-1)}

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """How far the best pairs and their masks have moved."""
        index = reference["index"][:COMPARED]
        after = self._masks(outputs, index, reference["boxes"])
        before = np.unpackbits(reference["masks"], axis=-1, count=after.shape[-1]).astype(np.bool_)
        both, either = (before & after).sum(axis=(1, 2)), (before | after).sum(axis=(1, 2))
        overlap = np.where(either > 0, both / np.maximum(either, 1), 1.0)
        weights = reference["scores"][:COMPARED].astype(np.float64) ** 3
        moved = float((weights * (1.0 - overlap) ** 2).sum())
        return super().divergence(reference, outputs) + moved

    def _masks(self, outputs: Outputs, index: NDArray[np.int64], boxes: Boxes) -> NDArray[np.bool_]:
        """[K, H, W] masks of the pairs at `index` on the prototypes' grid, cut out by `boxes`."""
        rows, prototypes = self._parts(outputs, "")
        count, height, width = prototypes.shape
        classes = rows.shape[1] - BOX_SIDES - count
        weights = rows[index // max(1, classes), -count:]
        masks = np.tensordot(weights, prototypes, 1) > 0
        relative = self.is_relative(boxes)
        scale = np.array([width, height] * 2) if relative else 1 / self.mask_stride
        left, top, right, bottom = (boxes[: len(index)] * scale).T[:, :, None]
        in_rows = (np.arange(height) >= top - 0.5) & (np.arange(height) < bottom)
        in_columns = (np.arange(width) >= left - 0.5) & (np.arange(width) < right)
        return np.asarray(masks & in_rows[:, :, None] & in_columns[:, None, :], np.bool_)

    def _parts(self, outputs: Outputs, where: str) -> tuple[Floats, Floats]:
        """Rows [N, 4 + C + P] and prototypes [P, H, W]."""
        parts = self.arrays(outputs, where)
        prototypes = parts["prototypes"].reshape(core_shape(parts["prototypes"].shape, 3))
        values = parts["rows"].reshape(core_shape(parts["rows"].shape, 2))
        least = BOX_SIDES + len(prototypes) + 1
        wide = [side for side in values.shape if side >= least]
        if not wide:
            raise CalibrateError(
                f"rows of shape {list(values.shape)} hold no class beside "
                f"{len(prototypes)} coefficients",
                where,
                "name the outputs by `output` and `prototypes_out`",
            )
        return values if values.shape[1] == min(wide) else values.T, prototypes


def _mask(logits: Floats, box: Boxes, geometry: Geometry, where: str) -> NDArray[np.uint8]:
    """One mask [H, ceil(W / 8)] on the source image, packed: logits above 0 inside of the box."""
    height, width = geometry.source_height, geometry.source_width
    at_rows, at_columns = grid(geometry, (logits.shape[0], logits.shape[1]), "mask", where)
    # Pixels count by their centres.
    left, top, right, bottom = (int(side) for side in np.rint(box))
    rows, columns = slice(max(0, top), max(0, bottom)), slice(max(0, left), max(0, right))
    pixels = np.zeros((height, width), np.bool_)
    inside = (at_rows[rows], at_columns[columns])
    if len(inside[0]) and len(inside[1]):
        pixels[rows, columns] = interpolated(logits.astype(np.float32), inside) > 0
    return np.packbits(pixels, axis=-1)
