"""Predictions of one class out of several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.core.phrases import class_text
from calibrate.core.predictions.base import Confidence, Prediction

HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores(Prediction):
    """One probability a class, of which one is the answer.

    Attributes:
        scores: [C] float32, summing to 1 (decoders apply softmax to logits).
        threshold: of two classes, the second is the answer where its probability is greater.
    """

    decoders: ClassVar[tuple[str, ...]] = ("classification",)
    has_decision: ClassVar[bool] = True
    has_numbers: ClassVar[bool] = True

    scores: NDArray[np.float32]
    threshold: float = HALF

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The probabilities."""
        return {"scores": self.scores}

    def describe(self, names: Sequence[str]) -> str:
        """`1 (dog) at 90.0 %`."""
        best, score = self.answer()
        return f"{class_text(best, names)} at {100 * score:.1f} %"

    def agreement(self, reference: Self, confidence: Confidence) -> float:
        """1 where the answer is the same class, else 0."""
        return float(self.best() == reference.best())

    def answer(self) -> tuple[int, float]:
        """The answer and its probability."""
        best = self.best()
        return best, float(self.scores[best])

    def best(self) -> int:
        """The class that is the answer: the most probable one; of two, by the threshold."""
        if self.scores.size == 2 and self.threshold != HALF:
            return int(self.scores[1] > self.threshold)
        return int(self.scores.argmax())
