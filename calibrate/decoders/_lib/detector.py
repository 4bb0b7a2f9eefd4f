"""What every decoder of detections has: class numbers, the parts of outputs, boxes in the image."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.boxes import Boxes, BoxFormat, clip, to_corners
from calibrate.core.component import Component, Outputs
from calibrate.core.sample import Facts, Geometry
from calibrate.decoders._lib.box_format import format_of
from calibrate.decoders._lib.labels import LabelMap
from calibrate.decoders._lib.outputs import Shape, finite, place
from calibrate.errors import CalibrateError

LARGEST_RELATIVE = 8.0
"""Boxes in 0-1 of the input leave it by less; in pixels some box of the samples reaches further."""


class Detector(Component, ABC):
    """The parameters that every decoder of detections has."""

    score_threshold: float = Field(default=0.01, ge=0, lt=1)
    """Detections with this score or a lower one are left out."""
    keep_top_k: int = Field(default=100, ge=1)
    """Detections that are kept in one image, best first, over all classes."""
    label_offset: int = 0
    """Is added to the model's class number: -1 where the model counts a background class 0."""
    label_map: LabelMap = None
    """The dataset's class ids by the model's class number (after `label_offset`): a list, a
    mapping, `coco_80_to_91` or `coco_91_to_80`; -1: a class that the dataset does not have."""
    clip_boxes: Literal["before_nms", "after_nms", "never"] = "before_nms"
    """When boxes are clipped to the source image."""
    source_boxes: bool = False
    """Whether the model gives boxes in pixels of the source image, since it is fed its size."""

    @abstractmethod
    def roles(self, shapes: Mapping[str, Shape]) -> Mapping[str, str]:
        """The output that plays each part, from the shapes of the outputs of one sample.

        Raises:
            CalibrateError: the shapes are not what this decoder reads, or not clear.
        """

    def problems(self, shapes: Mapping[str, Shape]) -> Sequence[str]:
        """What of the parts cannot be found among the outputs, with a batch dimension or without.

        Lists of detections often have no batch dimension, as the model determines their length.
        """
        batched = {name: tuple(shape[1:]) for name, shape in shapes.items()}
        plain = {name: shape[1:] if shape[:1] == (1,) else shape for name, shape in shapes.items()}
        problems = []
        for candidate in (batched, plain):
            try:
                self.roles(candidate)
            except CalibrateError as error:
                problems.append(str(error))
            else:
                return []
        return problems[:1]

    def arrays(self, outputs: Outputs, where: str) -> dict[str, NDArray[np.float32]]:
        """The outputs by the part that they play, float32, all of them finite.

        Raises:
            CalibrateError: the outputs are not what this decoder reads, or not finite.
        """
        try:
            assigned = self.roles({name: values.shape for name, values in outputs.items()})
        except CalibrateError as error:
            raise CalibrateError(error.message, where or error.where, error.hint) from error
        return {
            part: finite(name, outputs[name], where).astype(np.float32, copy=False)
            for part, name in assigned.items()
        }

    def to_source(self, boxes: Boxes, facts: Facts, *, relative: bool) -> Boxes:
        """Boxes in pixels of the source image, clipped to it where that comes before suppression.

        Raises:
            CalibrateError: the sample is no image.
        """
        geometry = facts.geometry
        if geometry is None:
            raise CalibrateError(
                "the sample is no image, so boxes have no place in it",
                place(facts),
                "use a dataset adapter of images",
            )
        if self.source_boxes:
            sides = np.array([geometry.source_width, geometry.source_height] * 2, np.float32)
            moved = boxes * sides if relative else boxes
            return _clipped(moved, geometry) if self.clip_boxes == "before_nms" else moved
        in_pixels = boxes * _size(geometry) if relative else boxes
        return geometry.to_source(in_pixels, clipped=self.clip_boxes == "before_nms")

    def final(self, boxes: Boxes, facts: Facts) -> Boxes:
        """Boxes after suppression, clipped to the source image where that comes after it."""
        if self.clip_boxes != "after_nms" or facts.geometry is None:
            return boxes
        return _clipped(boxes, facts.geometry)


class FormattedBoxes(Component, ABC):
    """The option of a decoder of boxes whose numbers may be in any order."""

    box_format: Literal["auto"] | BoxFormat = "auto"
    """Order of a box's numbers: corners, corners with y first, centre and size, or the first corner
    and size; `auto`: corners or centre and size, as the boxes of the samples show."""

    @abstractmethod
    def box_rows(self, outputs: Outputs, where: str) -> Boxes:
        """The boxes [N, 4] of one sample as the model gives them.

        Raises:
            CalibrateError: the outputs are not what this decoder reads.
        """

    def corners_of(self, rows: Boxes) -> Boxes:
        """Return the boxes of a sample [N, 4] as corners."""
        given = self.box_format
        return to_corners(rows, format_of([rows]) if given == "auto" else given)


class RelativeBoxes(Component):
    """The option of a decoder of boxes that may be in 0-1 of the model's input."""

    relative_boxes: Literal["auto"] | bool = "auto"
    """Whether boxes are in 0-1 of the model's input; false: in its pixels; `auto`: as the boxes of
    the samples show."""

    def is_relative(self, boxes: Boxes) -> bool:
        """Return whether the boxes of a sample are in 0-1 of the model's input."""
        return are_relative([boxes]) if self.relative_boxes == "auto" else self.relative_boxes


def are_relative(boxes: Sequence[Boxes]) -> bool:
    """Whether boxes are in 0-1 of an image: pixels would leave that at once."""
    return max((float(np.abs(each).max(initial=0.0)) for each in boxes), default=0.0) <= (
        LARGEST_RELATIVE
    )


def auto_relative(detector: Detector, boxes: Sequence[Boxes]) -> Mapping[str, object]:
    """`relative_boxes` of a detector that leaves it at `auto`, from the boxes of all samples."""
    if not isinstance(detector, RelativeBoxes) or detector.relative_boxes != "auto":
        return {}
    return {"relative_boxes": are_relative(boxes)}


def auto_format(detector: Detector, outputs: Sequence[Outputs]) -> Mapping[str, object]:
    """`box_format` of a detector that leaves it at `auto`, from the boxes of all samples."""
    if not isinstance(detector, FormattedBoxes) or detector.box_format != "auto":
        return {}
    rows = [detector.box_rows(sample, "") for sample in outputs]
    return {"box_format": format_of(rows)} if any(len(boxes) for boxes in rows) else {}


def _clipped(boxes: Boxes, geometry: Geometry) -> Boxes:
    return clip(boxes, float(geometry.source_width), float(geometry.source_height))


def _size(geometry: Geometry) -> NDArray[np.float32]:
    return np.array([geometry.width, geometry.height] * 2, np.float32)
