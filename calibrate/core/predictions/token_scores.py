"""Predictions over a vocabulary at each position of a sequence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.core.predictions.base import Confidence, Difference, Prediction, share_of_equal


@dataclass(frozen=True, slots=True, eq=False)
class TokenScores(Prediction):
    """Log-probabilities over the vocabulary at each position: [T, V] float32."""

    decoders: ClassVar[tuple[str, ...]] = ("token_scores",)
    has_decision: ClassVar[bool] = True
    has_numbers: ClassVar[bool] = True

    scores: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The probabilities: minus infinity is the logarithm of one."""
        return {"scores": np.exp(self.scores)}

    def describe(self, names: Sequence[str]) -> str:
        """`12 tokens`."""
        return f"{self.scores.shape[0]} tokens"

    def agreement(self, reference: Self, confidence: Confidence) -> float:
        """The share of positions whose most probable token is the same."""
        return share_of_equal(self.tokens() == reference.tokens())

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """`2 of 12 tokens`."""
        if self.scores.shape != other.scores.shape:
            return None
        count = int(np.count_nonzero(self.tokens() != other.tokens()))
        if not count:
            return None
        return Difference(count / len(self.scores), f"{count} of {len(self.scores)} tokens")

    def tokens(self) -> NDArray[np.int64]:
        """[T] the most probable token at each position."""
        return np.asarray(self.scores.argmax(axis=1), np.int64)
