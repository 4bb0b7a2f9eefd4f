"""Predictions of a vector by which samples are compared with each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.predictions.base import Prediction


@dataclass(frozen=True, slots=True, eq=False)
class Embedding(Prediction):
    """A vector of length 1: [D] float32."""

    decoders: ClassVar[tuple[str, ...]] = ("embedding",)
    has_numbers: ClassVar[bool] = True

    vector: NDArray[np.float32]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The vector."""
        return {"vector": self.vector}

    def describe(self, names: Sequence[str]) -> str:
        """`vector of 384`."""
        return f"vector of {self.vector.size}"
