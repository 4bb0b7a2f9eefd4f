"""Decoder `mask_rcnn`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.boxes import Boxes, iou
from calibrate.core.component import Outputs
from calibrate.core.masks import interpolated
from calibrate.core.predictions.instance_masks import InstanceMasks
from calibrate.core.sample import Facts
from calibrate.decoders._lib.detection import ListDetector, ListedBoxes
from calibrate.decoders._lib.detector import RelativeBoxes
from calibrate.decoders._lib.heads import Floats
from calibrate.decoders._lib.output_roles import Role, assign, core_shape
from calibrate.decoders._lib.outputs import Shape, place
from calibrate.errors import CalibrateError

COMPARED = 16
"""Objects of an image whose masks the divergence compares, best first."""
HALF = 0.5


class MaskRcnn(RelativeBoxes, ListDetector):
    """Mask R-CNN: boxes, scores, labels and a small mask of each box, suppression done inside.

    Boxes are [N, 5] with the score behind, or [N, 4] with scores [N]; labels are [N]; masks
    [N, H, W], [N, 1, H, W] or, one for each class, [N, C, H, W], hold probabilities. A mask is
    stretched over its box, with a border of zeros, and cut at 0.5, as torchvision and the Open
    Model Zoo do. Boxes of zeros and labels below 0 are padding. Source: He et al., Mask R-CNN,
    2017.

    Divergence: that of the boxes (how far the 64 best detections have moved), plus, of the 16
    best, the cube of FP32's score times the square of one minus the masks' overlap.

    Example:
        decoder: {type: mask_rcnn, boxes_out: boxes, labels_out: labels, masks_out: masks}
    """

    boxes_out: str | None = None
    """Name of the output with the boxes, where several could be it."""
    scores_out: str | None = None
    """Name of the output with the scores, if they do not follow the boxes."""
    labels_out: str | None = None
    """Name of the output with the class numbers, if calibrate cannot identify it."""
    masks_out: str | None = None
    """Name of the output with the masks, where several could be it."""

    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """Boxes, labels and masks, and scores if they do not follow the boxes."""
        boxes = Role("boxes", "boxes_out", self.boxes_out, ((None, 4), (None, 5)), ("box",))
        labels = Role("labels", "labels_out", self.labels_out, ((None,),), ("label", "class"))
        scores = Role("scores", "scores_out", self.scores_out, ((None,),), ("score", "conf"))
        patterns = ((None, None, None, None), (None, None, None))
        masks = Role("masks", "masks_out", self.masks_out, patterns, ("mask",))
        joined = core_shape(shapes[assign(shapes, [boxes])["boxes"]], 2)[-1] == 5
        return assign(shapes, [boxes, masks, labels, *([] if joined else [scores])])

    def listed(self, outputs: Outputs, where: str) -> ListedBoxes:
        """The rows that are not filling."""
        return self._parts(outputs, where)[0]

    def predict(self, outputs: Outputs, facts: Facts) -> InstanceMasks:
        """The detections above the threshold, with masks in pixels of the source image.

        Raises:
            CalibrateError: the outputs are not what this decoder reads, or the sample is no image.
        """
        where = place(facts)
        listed, masks = self._parts(outputs, where)
        detections, rows = self.chosen(listed, facts)
        geometry = facts.geometry
        if geometry is None:
            raise CalibrateError("the sample is no image, so masks have no place in it", where)
        height, width = geometry.source_height, geometry.source_width
        drawn = np.zeros((len(rows), height, -(-width // 8)), np.uint8)
        for index, (row, box) in enumerate(zip(rows, detections.boxes, strict=True)):
            drawn[index] = np.packbits(pasted(masks[row], box, height, width), axis=-1)
        return InstanceMasks(
            detections.boxes, detections.scores, detections.labels, drawn, geometry.source_width
        )

    def signature(self, outputs: Outputs) -> Outputs:
        """The best detections, and the masks of the best of them."""
        listed, masks = self._parts(outputs, "")
        best = np.argsort(-listed.scores, kind="stable")[:COMPARED]
        kept = dict(super().signature(outputs))
        return {**kept, "masks": masks[best] > HALF}

    def divergence(self, reference: Outputs, outputs: Outputs) -> float:
        """How far the best detections and their masks have moved."""
        listed, masks = self._parts(outputs, "")
        moved = 0.0
        for index, before in enumerate(reference["masks"]):
            same = np.flatnonzero(listed.labels == reference["labels"][index])
            overlap = _best_overlap(
                before, reference["boxes"][index], listed.boxes[same], masks[same]
            )
            moved += float(reference["scores"][index]) ** 3 * (1.0 - overlap) ** 2
        return super().divergence(reference, outputs) + moved

    def _parts(self, outputs: Outputs, where: str) -> tuple[ListedBoxes, Floats]:
        """The rows that are not filling, and their masks [N, H, W]."""
        parts = self.arrays(outputs, where)
        rows = parts["boxes"].reshape(-1, parts["boxes"].shape[-1])
        scores = parts["scores"].reshape(-1) if "scores" in parts else rows[:, 4]
        labels = np.rint(parts["labels"].reshape(-1)).astype(np.int64)
        masks = _masks_of_rows(parts["masks"], labels)
        if not len(rows) == len(scores) == len(labels) == len(masks):
            raise CalibrateError(
                f"{len(rows)} boxes, {len(scores)} scores, {len(labels)} labels and {len(masks)} "
                "masks do not fit together",
                where,
            )
        real = (labels >= 0) & (rows[:, :4].sum(axis=1) > 0)
        corners = rows[real, :4]
        listed = ListedBoxes(corners, scores[real], labels[real], self.is_relative(corners))
        return listed, masks[real]


def pasted(mask: Floats, box: Boxes, height: int, width: int) -> NDArray[np.bool_]:
    """A mask [H, W] of probabilities on an image [height, width].

    Args:
        mask: of the box.
        box: [4] in pixels of the image.
        height: of the image.
        width: of the image.
    """
    framed = np.pad(mask, 1).astype(np.float32)
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
    # The border of zeros lies outside of the box.
    half = half * (np.array(framed.shape[::-1]) / np.array(mask.shape[::-1]))
    left, top = (int(side) for side in middle - half)
    right, bottom = (int(side) for side in middle + half)
    columns, rows = max(1, right - left + 1), max(1, bottom - top + 1)
    pixels = np.zeros((height, width), np.bool_)
    shown_rows = np.arange(max(0, top), min(height, top + rows))
    shown_columns = np.arange(max(0, left), min(width, left + columns))
    if len(shown_rows) and len(shown_columns):
        at = (
            (shown_rows - top + 0.5) * framed.shape[0] / rows,
            (shown_columns - left + 0.5) * framed.shape[1] / columns,
        )
        pixels[np.ix_(shown_rows, shown_columns)] = interpolated(framed, at) > HALF
    return pixels


def _masks_of_rows(masks: NDArray[Any], labels: NDArray[np.int64]) -> Floats:
    """The masks [N, H, W], of several classes each that of the label."""
    shape = core_shape(masks.shape, 4)
    masks = masks.reshape(shape)
    if masks.ndim == 3:
        return masks
    if masks.shape[1] == 1:
        return masks[:, 0]
    chosen: Sequence[int] = np.clip(labels, 0, masks.shape[1] - 1).tolist()
    picked: Floats = masks[np.arange(len(masks)), chosen]
    return picked


def _best_overlap(before: NDArray[np.bool_], box: Boxes, boxes: Boxes, masks: Floats) -> float:
    """The overlap of a mask with that of the box which lies nearest to its own; 0 without one."""
    if not len(boxes):
        return 0.0
    overlaps = iou(box[None], boxes)[0]
    nearest = int(overlaps.argmax())
    after = masks[nearest] > HALF
    either = (before | after).sum()
    return float((before & after).sum() / either) if either else 1.0
