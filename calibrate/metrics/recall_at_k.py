"""Metric `recall_at_k`: the share of queries with a relevant sample among the k most similar."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.metrics._lib.retrieval import Floats, Rankings, RetrievalMetric, first_relevant


class RecallAtK(RetrievalMetric):
    """Share of queries that find a sample of their class among the k most similar (rank-k, CMC).

    Each sample is a query, compared by cosine with all others; queries without another sample of
    their class are left out. Of equal cosines, samples of other classes rank first.
    With queries and a gallery (`market1501_reid`), queries are compared with the gallery, without
    their own identity's images of the same camera.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: recall_at_k
            k: 5
    """

    name: ClassVar[str] = "recall"

    k: int = Field(default=1, ge=1)
    """How many of the most similar samples may hold one of the query's class."""

    @property
    def label(self) -> str:
        """`recall@5`."""
        return f"recall@{self.k}"

    def query_values(self, ranked: Rankings, drawn: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """1 where the first relevant sample is among the `k` most similar."""
        rank, has_value = first_relevant(ranked, drawn)
        return (rank <= self.k).astype(np.float64), has_value
