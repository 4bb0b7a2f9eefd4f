"""Metric `tar_at_far`: pairs that are verified rightly at a rate of false ones."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.verification import pair_evidence, pairs_of
from calibrate.metrics.base import PooledMetric


class TarAtFar(PooledMetric):
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

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The vector with the class or the pairs of the list.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return pair_evidence(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The rate of each set; nan where it has no pair of one class, or of different ones."""
        pairs = pairs_of(evidence)
        values = []
        for drawn in counts:
            right, wrong = pairs.accepted(drawn)
            if not len(wrong) or not wrong[-1]:
                values.append(np.nan)
                continue
            best = right[wrong <= self.far * wrong[-1]].max(initial=0)
            values.append(float(divided(np.array(float(best)), np.array(float(right[-1])))))
        return np.array(values, np.float64)
