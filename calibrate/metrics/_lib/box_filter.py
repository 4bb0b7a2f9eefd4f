"""Boxes that do not count because of their size or sides: the Accuracy Checker's `filter`."""

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator, model_validator

from calibrate.core.component import Component
from calibrate.core.sample import Facts

Range = tuple[float] | tuple[float, float]
"""The least value, and the value from which on boxes are out, if there is one."""


class BoxFilter(Component):
    """Ranges that a box has to be in, each `[least]` or `[least, below]`."""

    height_range: Range | None = None
    """Range of the height, in pixels of the source image."""
    width_range: Range | None = None
    """Range of the width, in pixels of the source image."""
    aspect_ratio: Range | None = None
    """Range of height divided by width."""
    area_ratio: Range | None = None
    """Range of the square root of the box's share of the image's area, as in the Accuracy
    Checker."""
    is_empty: bool = False
    """Whether boxes without width or without height are out."""

    @field_validator("height_range", "width_range", "aspect_ratio", "area_ratio")
    @classmethod
    def _ascends(cls, limits: Range | None) -> Range | None:
        if limits is not None and len(limits) == 2 and limits[1] <= limits[0]:
            raise ValueError("the second limit has to be above the first")
        return limits

    @model_validator(mode="after")
    def _filters(self) -> "BoxFilter":
        if not self.model_fields_set:
            raise ValueError("give at least one range")
        return self

    def __str__(self) -> str:
        """`height_range=64:1024,is_empty`, for the metric's label."""
        shown = []
        for key in type(self).model_fields:
            value = getattr(self, key)
            if value is True:
                shown.append(key)
            elif value:
                shown.append(f"{key}={':'.join(f'{limit:g}' for limit in value)}")
        return ",".join(shown)

    def outside(self, boxes: NDArray[np.float32], facts: Facts) -> NDArray[np.bool_]:
        """Return which boxes are out.

        Args:
            boxes: [N, 4], xmin ymin xmax ymax, pixels of the source image.
            facts: of the image; without its geometry `area_ratio` filters nothing.

        Returns:
            [N] bool.
        """
        corners = boxes.astype(np.float64)
        width, height = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
        out = np.zeros(len(corners), np.bool_)
        if self.is_empty:
            out |= (width <= 0) | (height <= 0)
        out |= _beyond(height, self.height_range) | _beyond(width, self.width_range)
        if self.aspect_ratio is not None:
            ratio = height / np.maximum(width, np.finfo(np.float64).eps)
            out |= _beyond(ratio, self.aspect_ratio)
        if self.area_ratio is not None and facts.geometry is not None:
            area = float(facts.geometry.source_height * facts.geometry.source_width)
            out |= _beyond(np.sqrt(np.maximum(width * height, 0) / area), self.area_ratio)
        return out


def _beyond(values: NDArray[np.float64], limits: Range | None) -> NDArray[np.bool_]:
    if limits is None:
        return np.zeros(len(values), np.bool_)
    beyond: NDArray[np.bool_] = values < limits[0]
    return beyond if len(limits) < 2 else beyond | (values >= limits[1])
