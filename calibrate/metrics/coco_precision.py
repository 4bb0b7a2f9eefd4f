"""Metric `coco_precision`: COCO's average precision."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, field_validator, model_validator

from calibrate.core.boxes import Rounding
from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.average_precision import (
    Curve,
    average_precision_by_class,
    mean_average_precision,
)
from calibrate.metrics._lib.box_preparation import prepared
from calibrate.metrics._lib.checker_matching import match_checker_coco
from calibrate.metrics._lib.matching import COCO_AREAS, evidence_of, match_coco
from calibrate.metrics._lib.overlaps import (
    Rule,
    box_overlaps,
    edged_overlaps,
    keypoint_overlaps,
    mask_overlaps,
    oriented_overlaps,
)
from calibrate.metrics._lib.type_checks import (
    boxes_to_match,
    check_keypoints,
    check_masks,
    check_oriented,
)
from calibrate.metrics.base import PooledMetric

COCO_THRESHOLDS = ".50:.05:.95"
COCO_SIGMAS = tuple(
    round(sigma / 10, 4)
    for sigma in (
        *(0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72),
        *(0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89),
    )
)
"""Of COCO's keypoints from nose to ankles, as pycocotools has them."""
RECALL_POINTS = np.linspace(0.0, 1.0, 101)


@cache
def parse_thresholds(threshold: float | str | tuple[float, ...]) -> NDArray[np.float64]:
    """IoU thresholds, ascending: one number, several, or `first:step:last`; read-only.

    Raises:
        ValueError: it cannot be read, or is not within 0-1.
    """
    if isinstance(threshold, str) and threshold.count(":") == 2:
        first, step, last = (float(part) for part in threshold.split(":"))
        if not (step > 0 and last >= first):
            raise ValueError(f"'{threshold}' is no range: write first:step:last, as .50:.05:.95")
        values = np.linspace(first, last, int(np.round((last - first) / step)) + 1)
    elif isinstance(threshold, str):
        values = np.array([float(part) for part in threshold.split(",")])
    else:
        values = np.atleast_1d(np.asarray(threshold, np.float64))
    if not (values.size and ((values > 0) & (values <= 1)).all()):
        raise ValueError("IoU thresholds are numbers above 0 and up to 1")
    thresholds = np.unique(values)
    thresholds.setflags(write=False)  # every caller gets the same array
    return thresholds


_CURVE = Curve(RECALL_POINTS, guard=float(np.spacing(1.0)))


class CocoPrecision(PooledMetric):
    """COCO's average precision (AP, AP50, AP75, AP small, medium, large), equal to pycocotools'.

    Mean over IoU thresholds and over the classes that have an object of the interpolated
    precision at the 101 recalls 0, 0.01 ... 1. Crowd regions match without counting. Source: Lin
    et al., Microsoft COCO, 2014, and `COCOeval` of pycocotools. Detections of equal score are
    taken in the order of the image ids, as there.
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: coco_precision            # AP@[.50:.95]
          - type: coco_precision
            threshold: .5                   # AP50
    """

    name: ClassVar[str] = "coco_ap"

    threshold: float | str | tuple[float, ...] = COCO_THRESHOLDS
    """Least IoU of a detection with its object: a number, several, or `first:step:last`."""
    iou_type: Literal["bbox", "segm", "keypoints", "obb"] = "bbox"
    """The shapes whose overlap is computed: boxes, the masks of instances (mask AP), keypoints (OKS
    AP), or oriented boxes."""
    sigmas: tuple[float, ...] = COCO_SIGMAS
    """For keypoints: a standard deviation for each, relative to the root of the object's area; by
    default those of COCO's 17."""
    max_detections: int = Field(default=100, ge=1)
    """Detections of one class in one image that count, best first; 20 by default for keypoints."""
    matching: Literal["coco", "accuracy_checker"] = "coco"
    """Whose rules: pycocotools', or those of the Accuracy Checker's `coco_precision`, which gives
    other values (of boxes alone)."""
    detection_edge: int = Field(default=0, ge=0, le=1)
    """Pixels that are added to width and height of detections: 1 as the Accuracy Checker's
    `coco_orig_precision` does unless `include_boundaries` is false."""
    round_boxes: Rounding = "none"
    """Rounding of the corners of detections and objects to whole pixels, before all else."""
    clip_objects: bool | tuple[PositiveInt, PositiveInt] = False
    """Whether annotated boxes are clipped to the image before they are compared; or the width and
    height, pixels of the source image, that they are clipped to."""
    area: Literal["all", "small", "medium", "large"] = "all"
    """Objects that count by area in square pixels: below 32 x 32, up to 96 x 96, above."""

    @model_validator(mode="after")
    def _fits(self) -> "CocoPrecision":
        is_plain = self.iou_type == "bbox" and self.area == "all" and not self.detection_edge
        if self.matching == "accuracy_checker" and not is_plain:
            raise ValueError("matching: accuracy_checker is for boxes of every area")
        if self.detection_edge and self.iou_type != "bbox":
            raise ValueError("detection_edge is for boxes")
        return self

    @field_validator("threshold")
    @classmethod
    def _readable(
        cls, threshold: float | str | tuple[float, ...]
    ) -> float | str | tuple[float, ...]:
        parse_thresholds(threshold)
        return threshold

    @property
    def label(self) -> str:
        """`coco_ap@50:95`, `coco_ap@50`, with the area range where there is one."""
        values = [f"{100 * value:g}" for value in np.round(parse_thresholds(self.threshold), 6)]
        is_range = isinstance(self.threshold, str) and ":" in self.threshold and len(values) > 1
        name = f"{values[0]}:{values[-1]}" if is_range else ",".join(values)
        kind = {
            "bbox": "coco_ap",
            "segm": "coco_mask_ap",
            "keypoints": "coco_oks_ap",
            "obb": "coco_obb_ap",
        }[self.iou_type]
        shown = ("threshold", "iou_type", "area")
        area = [] if self.area == "all" else [self.area]
        return " ".join([f"{kind}@{name}", *area, *self.parameters(besides=shown)])

    def _most(self) -> int:
        """Detections of a class that count: 20 for keypoints unless another number is given."""
        is_given = "max_detections" in self.model_fields_set
        return 20 if self.iou_type == "keypoints" and not is_given else self.max_detections

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Labels, scores and outcomes of the detections, and the labels of the objects.

        Raises:
            CalibrateError: other kinds, or NaN among boxes and scores.
        """
        detections, objects = boxes_to_match(self.label, prediction, target, facts)
        if self.round_boxes != "none" or self.clip_objects:
            detections, objects = prepared(
                detections, objects, facts, self.round_boxes, clips=self.clip_objects
            )
        if self.matching == "accuracy_checker":
            kept, outcomes, counted = match_checker_coco(
                detections,
                objects,
                thresholds=parse_thresholds(self.threshold),
                max_detections=self._most(),
            )
            name = objects.image_id or facts.id
            return evidence_of(detections, kept, outcomes, objects.labels[counted], name)
        rule: Rule = box_overlaps
        if self.detection_edge:
            rule = edged_overlaps(self.detection_edge)
        if self.iou_type == "segm":
            check_masks(self.label, detections, objects, facts)
            rule = mask_overlaps
        elif self.iou_type == "obb":
            check_oriented(self.label, detections, objects, facts)
            rule = oriented_overlaps
        elif self.iou_type == "keypoints":
            check_keypoints(self.label, detections, objects, facts, count=len(self.sigmas))
            rule = keypoint_overlaps(np.array(self.sigmas))
        kept, outcomes, counted = match_coco(
            detections,
            objects,
            thresholds=parse_thresholds(self.threshold),
            max_detections=self._most(),
            area=COCO_AREAS[self.area],
            rule=rule,
        )
        name = objects.image_id or facts.id
        return evidence_of(detections, kept, outcomes, objects.labels[counted], name)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Average precision of each set; nan for a set without any object."""
        return mean_average_precision(evidence, counts, _CURVE)

    def by_class(self, evidence: Sequence[Evidence]) -> Mapping[int, float]:
        """Average precision of each class that has an object."""
        return average_precision_by_class(evidence, _CURVE)
