"""Predictions of objects with keypoints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.predictions.detections import Detections


@dataclass(frozen=True, slots=True, eq=False)
class Poses(Detections):
    """Objects of one image with their boxes and keypoints, best first.

    Attributes:
        keypoints: [N, K, 3] float32, x, y in pixels of the source image, and a score.
    """

    decoders: ClassVar[tuple[str, ...]] = ("yolo_pose",)

    keypoints: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Boxes, scores and keypoints."""
        return {"boxes": self.boxes, "scores": self.scores, "keypoints": self.keypoints}
