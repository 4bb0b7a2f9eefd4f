"""Metric `mean_reciprocal_rank`: one over the rank of the first relevant sample."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.retrieval import Floats, Rankings, RetrievalMetric, first_relevant


class MeanReciprocalRank(RetrievalMetric):
    """Mean over queries of one over the rank of the first sample of their class (MRR).

    Each sample is a query, compared by cosine with all others; queries without another sample of
    their class are left out. Of equal cosines, samples of other classes rank first.
    With queries and a gallery (`market1501_reid`), queries are compared with the gallery, without
    their own identity's images of the same camera.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: mean_reciprocal_rank
    """

    name: ClassVar[str] = "mean_reciprocal_rank"

    def query_values(self, ranked: Rankings, drawn: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """One over the rank of the first relevant sample."""
        rank, has_value = first_relevant(ranked, drawn)
        return 1 / rank, has_value
