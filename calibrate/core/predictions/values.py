"""Predictions of numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from calibrate.core.phrases import numbers_text
from calibrate.core.predictions.base import Difference, Prediction


@dataclass(frozen=True, slots=True, eq=False)
class Values(Prediction):
    """Numbers that the model regressed: [K] float32."""

    decoders: ClassVar[tuple[str, ...]] = ("regression",)
    has_numbers: ClassVar[bool] = True

    values: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The numbers."""
        return {"values": self.values}

    def describe(self, names: Sequence[str]) -> str:
        """`0.5, 2`."""
        return numbers_text(self.values)

    def difference(self, other: Self, names: Sequence[str]) -> Difference | None:
        """`1 became 1.5`, of the number that moved most; relative to the largest of FP32."""
        before, after = self.values, other.values
        if before.shape != after.shape:
            return None
        apart = np.abs(before.astype(np.float64) - after)
        if not apart.any():
            return None
        worst = int(apart.argmax())
        size = float(np.abs(before).max()) or 1.0
        was, now = float(before.flat[worst]), float(after.flat[worst])
        return Difference(float(apart.max()) / size, f"{was:.4g} became {now:.4g}")
