"""Predictions of one class out of several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.core.phrases import class_text
from calibrate.core.predictions.base import Confidence, Prediction


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores(Prediction):
    """One probability a class: [C] float32, summing to 1 (decoders apply softmax to logits)."""

    decoders: ClassVar[tuple[str, ...]] = ("classification",)
    has_decision: ClassVar[bool] = True
    has_numbers: ClassVar[bool] = True

    scores: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The probabilities."""
        return {"scores": self.scores}

    def describe(self, names: Sequence[str]) -> str:
        """`1 (dog) at 90.0 %`."""
        best, score = self.answer()
        return f"{class_text(best, names)} at {100 * score:.1f} %"

    def agreement(self, reference: Self, confidence: Confidence) -> float:
        """1 where the most probable class is the same, else 0."""
        return float(self.scores.argmax() == reference.scores.argmax())

    def answer(self) -> tuple[int, float]:
        """The most probable class and its probability."""
        best = int(np.argmax(self.scores))
        return best, float(self.scores[best])
