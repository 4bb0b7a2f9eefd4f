"""Predictions of objects with keypoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.predictions.base import DrawnBox
from calibrate.core.predictions.detections import Detections

SURE = 0.5
"""Score from which a keypoint is drawn."""


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

    def drawn(
        self, change: Literal["kept", "lost", "new"], names: Sequence[str]
    ) -> tuple[DrawnBox, ...]:
        """Every box with the keypoints that are more likely there than not."""
        boxes = super(Poses, self).drawn(change, names)
        return tuple(
            replace(
                box,
                keypoints=tuple((float(x), float(y)) for x, y, score in points if score >= SURE),
            )
            for box, points in zip(boxes, self.keypoints, strict=True)
        )
