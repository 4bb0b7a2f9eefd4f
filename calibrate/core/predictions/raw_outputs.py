"""Predictions that are the model's outputs as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.predictions.base import Prediction


@dataclass(frozen=True, slots=True, eq=False)
class RawOutputs(Prediction):
    """The outputs as they are, without the batch dimension, by output name."""

    decoders: ClassVar[tuple[str, ...]] = ("raw",)
    has_numbers: ClassVar[bool] = True

    outputs: Mapping[str, NDArray[np.generic]]

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """The outputs."""
        return self.outputs

    def describe(self, names: Sequence[str]) -> str:
        """`2 outputs`."""
        return f"{len(self.outputs)} outputs"
