"""Predictions of objects with boxes in any direction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.predictions.detections import Detections


@dataclass(frozen=True, slots=True, eq=False)
class OrientedBoxes(Detections):
    """Objects of one image with oriented boxes, best first; `boxes` are the upright ones around.

    Attributes:
        corners: [N, 4, 2] float32, x, y in pixels of the source image, in order around the box.
    """

    decoders: ClassVar[tuple[str, ...]] = ("yolo_obb",)

    corners: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Boxes, scores and corners."""
        return {"boxes": self.boxes, "scores": self.scores, "corners": self.corners}
