"""Predictions that are images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.core.phrases import size_text
from calibrate.core.predictions.base import Difference, Prediction

LEVELS = 255.0
ROUNDING = 0.5
"""Levels; a difference below it is hidden by rounding to bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageOutput(Prediction):
    """An image that the model made: [H, W] or [H, W, 3] float32, 0-255, RGB."""

    decoders: ClassVar[tuple[str, ...]] = ("super_resolution",)
    has_numbers: ClassVar[bool] = True

    image: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The pixels."""
        return {"image": self.image}

    def describe(self, names: Sequence[str]) -> str:
        """`image 480×640`."""
        return f"image {size_text(self.image)}"

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """`2.0 of 255 levels on average, 8 at most`."""
        if self.image.shape != other.image.shape:
            return None
        apart = np.abs(self.image.astype(np.float64) - other.image)
        most, mean = float(apart.max(initial=0.0)), float(apart.mean()) if apart.size else 0.0
        if most < ROUNDING:
            return None
        text = f"{mean:.1f} of 255 levels on average, {most:.0f} at most"
        return Difference(mean / LEVELS, text)
