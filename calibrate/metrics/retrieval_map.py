"""Metric `retrieval_map`: mean average precision of retrieval by vectors."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.retrieval import Floats, Rankings, RetrievalMetric


class RetrievalMap(RetrievalMetric):
    """Mean over queries of the average precision of samples ranked by similarity.

    Each sample is a query, compared by cosine with all others; relevant are those of its class.
    Average precision is the mean over relevant samples of the precision at their rank, not
    interpolated, as in re-identification. Of equal cosines, samples of other classes rank first.
    With queries and a gallery (`market1501_reid`), queries are compared with the gallery, without
    their own identity's images of the same camera.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: retrieval_map
    """

    name: ClassVar[str] = "retrieval_map"

    interpolated: bool = False
    """Whether the area under the precision-recall curve is taken with straight lines between its
    points, as the Open Model Zoo's Accuracy Checker does (`reid_map`); else with steps."""

    def query_values(self, ranked: Rankings, drawn: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """The average precision of each query."""
        weights = drawn[ranked.order] * ranked.other
        hits = weights * ranked.relevant
        relevant, places = np.cumsum(hits, axis=1), np.cumsum(weights, axis=1)
        # A sample drawn w times holds the ranks from places - w + 1 to places.
        precisions = _mean_precision(relevant, places, hits)
        if self.interpolated:
            before = _mean_precision(relevant - 1, places - 1, hits, first=1.0)
            precisions = (precisions + before) / 2
        total = relevant[:, -1].astype(np.float64)
        average = np.nan_to_num(divided((hits * precisions).sum(axis=1), total))
        return average, (total > 0).astype(np.float64)


def _mean_precision(
    relevant: NDArray[np.int64],
    places: NDArray[np.int64],
    hits: NDArray[np.int64],
    *,
    first: float = 0.0,
) -> NDArray[np.float64]:
    """[N, N] mean precision over the copies of the relevant sample at each place.

    Args:
        relevant: [N, N] relevant samples up to each place.
        places: [N, N] samples up to each place.
        hits: [N, N] copies of the relevant sample at each place.
        first: precision where there are no samples yet.
    """
    total = np.zeros(relevant.shape)
    for copy in range(int(hits.max(initial=0))):
        right, ranks = (
            (relevant - copy).astype(np.float64),
            (places - copy).astype(np.float64),
        )
        precision = np.where(ranks > 0, np.nan_to_num(divided(right, ranks)), first)
        total += np.where(copy < hits, precision, 0.0)
    return np.nan_to_num(divided(total, hits.astype(np.float64)))
