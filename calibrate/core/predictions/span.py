"""Predictions of a part of a text, as the answer to a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.core.predictions.base import Confidence, Difference, Prediction


@dataclass(frozen=True, slots=True, eq=False)
class Span(Prediction):
    """A part of the sample's tokens.

    Attributes:
        positions: the first and the last one, [2] int64.
        score: sum of their logits.
        null_score: sum of the logits of the first token, which stands for no answer.
    """

    decoders: ClassVar[tuple[str, ...]] = ("span",)
    has_decision: ClassVar[bool] = True

    positions: NDArray[np.int64]
    score: float = 0.0
    null_score: float = 0.0

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The two positions and both sums."""
        sums = np.array([self.score, self.null_score], np.float64)
        return {"positions": self.positions, "scores": sums}

    def describe(self, names: Sequence[str]) -> str:
        """`positions 3 to 7`."""
        return f"positions {self.positions[0]} to {self.positions[1]}"

    def agreement(self, reference: Self, confidence: Confidence) -> float:
        """1 where both positions are the same, else 0."""
        return float(np.array_equal(self.positions, reference.positions))

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """`positions 3 to 7 became 3 to 8`; the share is of positions that only one has."""
        if np.array_equal(self.positions, other.positions):
            return None
        mine, theirs = set(self.covered()), set(other.covered())
        share = len(mine ^ theirs) / len(mine | theirs)
        was, now = self.positions, other.positions
        return Difference(share, f"positions {was[0]} to {was[1]} became {now[0]} to {now[1]}")

    def covered(self) -> range:
        """Every position of the part."""
        return range(int(self.positions[0]), int(self.positions[1]) + 1)
