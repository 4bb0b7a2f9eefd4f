"""Predictions of a score for each pixel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.phrases import size_text
from calibrate.core.predictions.base import Prediction


@dataclass(frozen=True, slots=True, eq=False)
class ScoreMap(Prediction):
    """How unusual each pixel is: [H, W] float32 of any unit, greater is more unusual."""

    decoders: ClassVar[tuple[str, ...]] = ("anomaly_map",)
    has_numbers: ClassVar[bool] = True

    scores: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The scores."""
        return {"scores": self.scores}

    def describe(self, names: Sequence[str]) -> str:
        """`scores 480×640, 3.1 at most`."""
        return f"scores {size_text(self.scores)}, {float(self.scores.max(initial=0.0)):.3g} at most"
