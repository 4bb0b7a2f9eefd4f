"""Metric `map`: mean average precision as PASCAL VOC defines it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt, model_validator

from calibrate.core.boxes import Rounding
from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.detections import Detections
from calibrate.core.sample import Facts
from calibrate.metrics._lib.average_precision import (
    Curve,
    average_precision_by_class,
    mean_average_precision,
)
from calibrate.metrics._lib.box_filter import BoxFilter
from calibrate.metrics._lib.box_preparation import of_labels, prepared
from calibrate.metrics._lib.checker_matching import CheckerRules, match_checker_voc
from calibrate.metrics._lib.matching import evidence_of, match_voc
from calibrate.metrics._lib.overlaps import oriented_overlaps
from calibrate.metrics._lib.type_checks import boxes_to_match, check_oriented
from calibrate.metrics.base import PooledMetric


class VocMap(PooledMetric):
    """Mean average precision of detections as the PASCAL VOC devkit defines it.

    Average precision of a class is the area below its interpolated precision-recall curve
    (`integral: max`, VOC 2010 and later) or the mean of the interpolated precision at the recalls
    0, 0.1 ... 1 (`11point`, VOC 2007); the value is the mean over the classes that have an object.
    Source: Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 2010, section 4.2,
    and the devkit's `VOCevaldet.m`.
    Interval of a drop: bootstrap over images, both models on the same draws.

    Example:
        metrics:
          - type: map
            overlap_threshold: 0.5
            integral: 11point
    """

    name: ClassVar[str] = "map"

    overlap_threshold: float = Field(default=0.5, gt=0, le=1)
    """Least IoU of a detection with its object."""
    integral: Literal["11point", "max"] = "max"
    """How the area is taken: at eleven recalls, or the whole of it."""
    include_boundaries: bool = True
    """Whether the last pixel is part of a box: width is xmax - xmin + 1, as in VOC."""
    iou_type: Literal["bbox", "obb"] = "bbox"
    """The shapes whose overlap is computed: boxes, or oriented boxes as DOTA's development kit
    does."""
    ignore_difficult: bool = True
    """Whether difficult objects, and detections on them, are left out."""
    matching: Literal["voc", "accuracy_checker"] = "voc"
    """Whose rules: the VOC devkit's, or those of the Accuracy Checker's `map`, which gives other
    values: the mean is over classes that are detected, with objects or without, among others."""
    round_boxes: Rounding = "none"
    """Rounding of the corners of detections and objects to whole pixels, before all else."""
    clip_objects: bool | tuple[PositiveInt, PositiveInt] = False
    """Whether annotated boxes are clipped to the image before they are compared; or the width and
    height, pixels of the source image, that they are clipped to."""
    labels: tuple[int, ...] | None = None
    """Class ids that are evaluated; objects and detections of other classes are left out. By
    default every class."""
    object_filter: BoxFilter | None = None
    """Objects outside these ranges are difficult: `height_range`, `width_range` (pixels of the
    source image), `aspect_ratio` (height by width), `area_ratio` (square root of the share of the
    image's area), each `[least]` or `[least, below]`; `is_empty: true` for boxes without area."""
    detection_filter: BoxFilter | None = None
    """The same ranges for detections, by the Accuracy Checker's rules: those outside do not count,
    unless the image has no object of their class."""
    use_filtered_tp: bool = False
    """By the Accuracy Checker's rules: whether detections outside count where they find an
    object."""
    allow_multiple_matches_per_ignored: bool = False
    """By the Accuracy Checker's rules: whether any number of detections may lie on a difficult
    object."""

    @model_validator(mode="after")
    def _fits(self) -> "VocMap":
        if self.matching == "accuracy_checker" and self.iou_type == "obb":
            raise ValueError("matching: accuracy_checker is for upright boxes")
        if self.labels is not None and self.iou_type == "obb":
            raise ValueError("labels is for upright boxes")
        for key in ("allow_multiple_matches_per_ignored", "detection_filter", "use_filtered_tp"):
            if getattr(self, key) and self.matching != "accuracy_checker":
                raise ValueError(f"{key} needs matching: accuracy_checker")
        return self

    @property
    def label(self) -> str:
        """`map@50`, with the integral where it is that of VOC 2007."""
        kind = "map" if self.iou_type == "bbox" else "map_obb"
        rules: list[str] = [self.integral] if self.integral == "11point" else []
        rules += [self.matching] if self.matching != "voc" else []
        shown = ("overlap_threshold", "integral", "iou_type", "matching")
        rules += self.parameters(besides=shown)
        return " ".join([f"{kind}@{100 * self.overlap_threshold:g}", *rules])

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Labels, scores and outcomes of the detections, and the labels of the objects.

        Raises:
            CalibrateError: other kinds, or NaN among boxes and scores.
        """
        detections, objects = boxes_to_match(self.label, prediction, target, facts)
        if self.labels is not None:
            detections, objects = of_labels(detections, objects, self.labels)
        if self.round_boxes != "none" or self.clip_objects:
            detections, objects = prepared(
                detections, objects, facts, self.round_boxes, clips=self.clip_objects
            )
        difficult = objects.difficult
        if self.object_filter is not None:
            difficult = difficult | self.object_filter.outside(objects.boxes, facts)
        ignored = difficult & self.ignore_difficult
        name = objects.image_id or facts.id
        if self.matching == "accuracy_checker":
            rules = CheckerRules(
                self.overlap_threshold,
                self.include_boundaries,
                self.allow_multiple_matches_per_ignored,
                self.use_filtered_tp,
            )
            filtered = self._filtered(detections, facts)
            kept, outcomes = match_checker_voc(
                detections, objects, rules, ignored=ignored, filtered=filtered
            )
            return evidence_of(detections, kept, outcomes, objects.labels[~ignored], name)
        overlaps = None
        if self.iou_type == "obb":
            check_oriented(self.label, detections, objects, facts)
            overlaps = oriented_overlaps(detections, objects, np.arange(len(detections.scores)))
        kept, outcomes = match_voc(
            detections,
            objects,
            threshold=self.overlap_threshold,
            include_boundaries=self.include_boundaries,
            ignored=ignored,
            overlaps=None if overlaps is None else overlaps.pairs,
        )
        return evidence_of(detections, kept, outcomes, objects.labels[~ignored], name)

    def _filtered(self, detections: Detections, facts: Facts) -> NDArray[np.bool_] | None:
        if self.detection_filter is None or not self.ignore_difficult:
            return None
        return self.detection_filter.outside(detections.boxes, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Mean average precision of each set; nan for a set without any object."""
        detected_only = self.matching == "accuracy_checker"
        return mean_average_precision(evidence, counts, self._curve(), detected_only=detected_only)

    def by_class(self, evidence: Sequence[Evidence]) -> Mapping[int, float]:
        """Average precision of each class that has an object."""
        return average_precision_by_class(evidence, self._curve())

    def _curve(self) -> Curve:
        points = np.arange(11) / 10 if self.integral == "11point" else None
        if points is not None and self.matching == "accuracy_checker":
            points = np.arange(0.0, 1.1, 0.1)  # 0.3 is a little more than 3 / 10 there
        # The smallest normal number: 0 of 0 detections is precision 0, all else is unchanged.
        return Curve(points, float(np.finfo(np.float64).tiny))
