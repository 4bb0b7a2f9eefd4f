"""Metric `tar_at_far`: pairs that are verified rightly at a rate of false ones."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.metrics._lib.verification import VerificationMetric


class TarAtFar(VerificationMetric):
    """True accept rate of verification at a false accept rate: faces, speakers, persons.

    Over the pairs of a list, or all pairs of labelled samples, ranked by cosine: the greatest share
    of pairs of one identity that a threshold accepts while it accepts no greater share of pairs of
    two than `far`.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: tar_at_far
            far: 0.001
    """

    name: ClassVar[str] = "tar_at_far"

    far: float = Field(default=0.01, gt=0, lt=1)
    """The greatest share of pairs of different classes that may be accepted."""

    @property
    def label(self) -> str:
        """`tar@far=0.01`."""
        return f"tar@far={self.far:g}"

    def value_of_pairs(self, genuine: NDArray[np.int64], other: NDArray[np.int64]) -> float:
        """The rate; nan where all pairs are of one kind."""
        if not genuine[-1] or not other[-1]:
            return np.nan
        accepted = genuine[other <= self.far * other[-1]].max(initial=0)
        return float(accepted / genuine[-1])
