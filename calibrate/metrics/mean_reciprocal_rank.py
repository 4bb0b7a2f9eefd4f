"""Metric `mean_reciprocal_rank`: one over the rank of the first relevant sample."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.retrieval import (
    first_relevant,
    labelled_vector,
    mean_over_queries,
    rankings,
)
from calibrate.metrics.base import PooledMetric


class MeanReciprocalRank(PooledMetric):
    """Mean over queries of one over the rank of the first sample of their class (MRR).

    Each sample is a query, compared by cosine with all others; queries without another sample of
    their class are left out. Of equal cosines, samples of other classes stand first.
    With queries and a gallery (`market1501_reid`), queries are compared with the gallery, without
    their own identity's images of the same camera.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: mean_reciprocal_rank
    """

    name: ClassVar[str] = "mean_reciprocal_rank"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The vector and the class.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return labelled_vector(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean of each set; nan where no query has a relevant sample."""
        ranked = rankings(evidence)
        values = []
        for drawn in counts:
            rank, has_value = first_relevant(ranked, drawn)
            values.append(mean_over_queries(1 / rank, has_value, drawn))
        return np.array(values, np.float64)
