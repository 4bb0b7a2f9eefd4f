"""Pairs of vectors that are verified: those of a list, or all pairs of labelled samples."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import ClassLabel
from calibrate.core.component import Evidence, Target
from calibrate.core.group_annotations import PairMember
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.sample import Facts
from calibrate.metrics._lib.matching import tie_rank
from calibrate.metrics._lib.retrieval import labelled_vector, rankings
from calibrate.metrics._lib.type_checks import check_finite, unfit
from calibrate.metrics.base import PooledMetric


@dataclass(frozen=True, slots=True)
class Pairs:
    """P pairs, the most similar first.

    Attributes:
        first: [P] index of a sample.
        second: [P] index of the other one.
        genuine: [P] bool, whether both are of one identity.
        ends: indices of the last pair of each group of equal cosines, which a threshold takes
            together.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    genuine: NDArray[np.bool_]
    ends: NDArray[np.int64]

    def accepted(self, drawn: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Genuine and other pairs that each threshold accepts: [T] each, rising.

        Args:
            drawn: [N] how often each sample stands in the set.
        """
        weights = drawn[self.first] * drawn[self.second]
        right, wrong = np.cumsum(weights * self.genuine), np.cumsum(weights * ~self.genuine)
        return right[self.ends], wrong[self.ends]


class VerificationMetric(PooledMetric):
    """A metric of the pairs that each threshold of similarity accepts."""

    @abstractmethod
    def value_of_pairs(self, genuine: NDArray[np.int64], other: NDArray[np.int64]) -> float:
        """Return the value of one set with at least one pair.

        Args:
            genuine: [T] pairs of one identity that each threshold accepts, rising to all.
            other: [T] pairs of two identities, likewise.
        """

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The vector with the class or the pairs of the list.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        return pair_evidence(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The value of each set; nan where it has no pair."""
        pairs = pairs_of(evidence)
        values = []
        for drawn in counts:
            genuine, other = pairs.accepted(drawn)
            has_pairs = len(genuine) > 0 and genuine[-1] + other[-1] > 0
            values.append(self.value_of_pairs(genuine, other) if has_pairs else np.nan)
        return np.array(values, np.float64)


def pair_evidence(metric: str, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
    """`vector` [D] float32 of one sample with the pairs that it stands in, or its label.

    Raises:
        CalibrateError: other kinds, or NaN.
    """
    if isinstance(prediction, Embedding) and isinstance(target, ClassLabel):
        return labelled_vector(metric, prediction, target, facts)
    if not (isinstance(prediction, Embedding) and isinstance(target, PairMember)):
        reads = [(Embedding, PairMember), (Embedding, ClassLabel)]
        raise unfit(metric, prediction, target, facts, reads=reads)
    check_finite(metric, prediction.vector, facts)
    return {
        "vector": prediction.vector.astype(np.float32),
        "name": np.array(tie_rank(f"pair {target.name}")),
        "partners": np.array([tie_rank(f"pair {name}") for name in target.partners], np.float64),
        "genuine": np.array(target.same, np.bool_),
    }


def pairs_of(evidence: Sequence[Evidence]) -> Pairs:
    """The listed pairs whose samples are both there; of labelled samples all pairs."""
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    if "partners" not in pieces[0]:
        ranked = rankings(evidence)
        rows, columns = np.nonzero(ranked.other)
        return _sorted(
            rows,
            ranked.order[rows, columns],
            ranked.relevant[rows, columns],
            ranked.cosines[rows, columns],
        )
    places: dict[float, list[int]] = {}
    for index, piece in enumerate(pieces):
        places.setdefault(float(piece["name"]), []).append(index)
    listed = [
        (index, other, bool(same))
        for index, piece in enumerate(pieces)
        for partner, same in zip(piece["partners"].tolist(), piece["genuine"], strict=True)
        for other in places.get(partner, ())
    ]
    first, second, genuine = (np.array([row[at] for row in listed], np.int64) for at in range(3))
    vectors = np.stack([piece["vector"] for piece in pieces]).astype(np.float64)
    # Cosines that rounding alone tells apart are equal.
    cosines = np.round((vectors[first] * vectors[second]).sum(axis=1), 12)
    return _sorted(first, second, genuine.astype(np.bool_), cosines)


def _sorted(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    genuine: NDArray[np.bool_],
    cosines: NDArray[np.float64],
) -> Pairs:
    falling = np.argsort(-cosines, kind="stable")
    ends = np.flatnonzero(np.diff(cosines[falling], append=-np.inf))
    return Pairs(first[falling], second[falling], genuine[falling], ends)
