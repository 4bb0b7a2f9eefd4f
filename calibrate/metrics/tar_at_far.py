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
from calibrate.metrics._lib.retrieval import labelled_vector, rankings
from calibrate.metrics.base import PooledMetric


class TarAtFar(PooledMetric):
    """True accept rate of verification at a false accept rate: faces, speakers, persons.

    Over all pairs of samples, ranked by cosine: the greatest share of pairs of one class that a
    threshold accepts while it accepts no greater share of pairs of different classes than `far`.
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
        """The vector and the class.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return labelled_vector(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The rate of each set; nan where it has no pair of one class, or of different ones."""
        ranked = rankings(evidence)
        cosines = ranked.cosines.ravel()
        falling = np.argsort(-cosines, kind="stable")
        genuine = ranked.relevant.ravel()[falling]
        # The last pair of each group of equal cosines: a threshold takes them together.
        ends = np.flatnonzero(np.diff(cosines[falling], append=-np.inf))
        values = []
        for drawn in counts:
            pairs = drawn[:, None] * drawn[ranked.order] * ranked.other
            weights = pairs.ravel()[falling].astype(np.float64)
            right = np.cumsum(weights * genuine)
            wrong = np.cumsum(weights * ~genuine)
            allowed = wrong[ends] <= self.far * wrong[-1]
            best = right[ends][allowed].max(initial=0.0)
            has_both = wrong[-1] > 0
            values.append(float(divided(best, right[-1])) if has_both else np.nan)
        return np.array(values, np.float64)
