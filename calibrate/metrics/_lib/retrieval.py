"""Samples ranked by the cosine of their vectors with a query's, for resampled sets.

Each sample is a query once, and all others are what it is compared with; those of its own class
are relevant. A set that draws a sample twice holds two such samples, but a sample is never
compared with itself. In re-identification (`RetrievalLabel`) queries are compared with the gallery
alone, and not with images of their own identity and camera.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import ClassLabel, RetrievalLabel
from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.sample import Facts
from calibrate.metrics._lib.matching import tie_rank
from calibrate.metrics._lib.means import divided
from calibrate.metrics._lib.type_checks import check_finite, unfit
from calibrate.metrics.base import PooledMetric

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rankings:
    """What each of N queries is compared with, the most similar first.

    Attributes:
        order: [N, N] indices of samples; of equal cosines those that are not relevant first.
        relevant: [N, N] bool, whether the sample there is of the query's class.
        other: [N, N] bool, whether the query is compared with it: not with itself, and for
            `RetrievalLabel` with the gallery alone, without its own identity and camera.
        cosines: [N, N], of the sample there with the query.
    """

    order: NDArray[np.int64]
    relevant: NDArray[np.bool_]
    other: NDArray[np.bool_]
    cosines: Floats


class RetrievalMetric(PooledMetric):
    """A metric whose value is the mean over queries of a number per query."""

    @abstractmethod
    def query_values(self, ranked: Rankings, drawn: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return the number of each query [N], and 1 where it has one, else 0.

        Args:
            ranked: of all samples.
            drawn: [N] how often each sample stands in the set.
        """

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return the vector and the class.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return labelled_vector(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the mean of each set; nan where no query has a relevant sample."""
        ranked = rankings(evidence)
        means = [mean_over_queries(*self.query_values(ranked, drawn), drawn) for drawn in counts]
        return np.array(means, np.float64)


def labelled_vector(metric: str, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
    """`vector` [D] float32, `label`, `camera`, roles and the sample's `identity` of one sample.

    Raises:
        CalibrateError: other kinds, or NaN.
    """
    if not (isinstance(prediction, Embedding) and isinstance(target, ClassLabel)):
        raise unfit(metric, prediction, target, facts, reads=[(Embedding, ClassLabel)])
    check_finite(metric, prediction.vector, facts)
    place = target if isinstance(target, RetrievalLabel) else RetrievalLabel(target.label)
    return {
        "vector": prediction.vector.astype(np.float32),
        "label": np.array(target.label, np.int64),
        "camera": np.array(place.camera, np.int64),
        "is_query": np.array(place.role != "gallery"),
        "in_gallery": np.array(place.role != "query"),
        "identity": np.array(tie_rank(f"id {facts.id}")),
    }


def rankings(evidence: Sequence[Evidence]) -> Rankings:
    """All samples ranked for each of them as the query."""
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    vectors = np.stack([piece["vector"] for piece in pieces]).astype(np.float64)
    labels = np.array([int(piece["label"]) for piece in pieces])
    identities = np.array([float(piece["identity"]) for piece in pieces])
    cameras = np.array([int(piece["camera"]) for piece in pieces])
    is_query = np.array([bool(piece["is_query"]) for piece in pieces])
    in_gallery = np.array([bool(piece["in_gallery"]) for piece in pieces])
    # Cosines that rounding alone tells apart are equal.
    cosines = np.round(vectors @ vectors.T, 12)
    same = labels[:, None] == labels[None, :]
    order = np.lexsort((same, -cosines), axis=1)
    one_camera = (cameras[:, None] == cameras[None, :]) & (cameras[:, None] >= 0)
    compared = identities[:, None] != identities[None, :]
    compared &= is_query[:, None] & in_gallery[None, :] & ~(same & one_camera)
    return Rankings(
        order,
        np.take_along_axis(same, order, axis=1),
        np.take_along_axis(compared, order, axis=1),
        np.take_along_axis(cosines, order, axis=1),
    )


def mean_over_queries(values: Floats, has_value: Floats, drawn: NDArray[np.int64]) -> float:
    """The mean over queries, each as often as it was drawn; nan where none has a value."""
    weights = drawn * has_value
    return float(divided(np.array((values * weights).sum()), np.array(weights.sum())))


def first_relevant(ranked: Rankings, drawn: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The rank of the first relevant sample for each query [N], and 1 where there is one.

    Args:
        ranked: of all samples.
        drawn: [N] how often each sample stands in the set.
    """
    weights = drawn[ranked.order] * ranked.other
    hits = (weights > 0) & ranked.relevant
    before = np.cumsum(weights * ~ranked.relevant, axis=1)
    first = hits.argmax(axis=1)
    rank = before[np.arange(len(first)), first] + 1
    return np.asarray(rank, np.float64), np.asarray(hits.any(axis=1), np.float64)
