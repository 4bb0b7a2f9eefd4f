"""How well scores rank samples, for resampled sets: ROC AUC and average precision.

Ties are one step of the curve, as in scikit-learn. Sorting is done once a call.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import ClassLabel, LabelSet, MaskTarget
from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.score_map import ScoreMap
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import divided, mean_of_present
from calibrate.metrics._lib.type_checks import check_finite, check_label, unfit
from calibrate.metrics.base import PooledMetric

Curve = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""From true and false weights [S, B] at each step of the ranking to values [B], nan for none."""


class LabelRankingMetric(PooledMetric):
    """A mean over labels of a value of the curve of samples ranked by a label's score."""

    curve: ClassVar[Curve]
    """Value of one label from its ranking."""

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return the scores, and which of the labels are true.

        Raises:
            CalibrateError: other kinds, NaN among the scores, a label without a score.
        """
        return ranked_labels(self.label, prediction, target, facts)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the mean of each set; nan where no label has a value."""
        return mean_over_labels(evidence, counts, type(self).curve)


def ranked_labels(metric: str, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
    """What one sample contributes to a ranking: `scores` [C] float32 and `truth` [C] bool.

    Of two exclusive classes only the second is kept, the other's ranking is its mirror image.
    Scores of ignored labels are nan: such a label ranks without this sample. A map of scores counts
    by its greatest one, and is true where the image's class, or a pixel's, is not 0.

    Raises:
        CalibrateError: other kinds, NaN among the scores, a label without a score.
    """
    if isinstance(prediction, ScoreMap) and isinstance(target, ClassLabel | MaskTarget):
        return _most_unusual(metric, prediction, target, facts)
    ignored: tuple[int, ...] = ()
    if isinstance(prediction, ClassScores) and isinstance(target, ClassLabel):
        labels: tuple[int, ...] = (target.label,)
    elif isinstance(prediction, LabelScores) and isinstance(target, LabelSet):
        labels, ignored = target.labels, target.ignored
    else:
        reads = [(ClassScores, ClassLabel), (LabelScores, LabelSet)]
        raise unfit(metric, prediction, target, facts, reads=reads)
    scores = prediction.scores
    check_finite(metric, scores, facts)
    for label in (*labels, *ignored):
        check_label(metric, label, scores.size, facts)
    truth = np.zeros(scores.size, np.bool_)
    truth[list(labels)] = True
    binary = isinstance(prediction, ClassScores) and scores.size == 2
    kept = slice(1, None) if binary else slice(None)
    ranked = scores.astype(np.float32)
    ranked[list(ignored)] = np.nan
    return {"scores": ranked[kept], "truth": truth[kept]}


def _most_unusual(
    metric: str, prediction: ScoreMap, target: ClassLabel | MaskTarget, facts: Facts
) -> Evidence:
    check_finite(metric, prediction.scores, facts)
    if isinstance(target, ClassLabel):
        is_true = target.label != 0
    else:
        is_true = bool(((target.mask != 0) & (target.mask != target.ignore)).any())
    most = np.array([prediction.scores.max(initial=0.0)], np.float32)
    return {"scores": most, "truth": np.array([is_true])}


def mean_over_labels(
    evidence: Sequence[Evidence], counts: NDArray[np.int64], curve: Curve
) -> NDArray[np.float64]:
    """Mean of `curve` over the labels for which it has a value.

    Args:
        evidence: N pieces of `ranked_labels`.
        counts: [B, N].
        curve: `roc_area` or `average_precision`.

    Returns:
        [B]; nan for a set in which no label has a value.
    """
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    scores = np.stack([piece["scores"] for piece in pieces])
    truths = np.stack([piece["truth"] for piece in pieces])
    weights = np.ascontiguousarray(counts.T, np.float64)
    values = np.full((len(counts), scores.shape[1]), np.nan)
    for label in np.flatnonzero(truths.any(axis=0)):
        ranked = np.argsort(-scores[:, label], kind="stable")
        ranked = ranked[~np.isnan(scores[ranked, label])]
        ordered, truth = scores[ranked, label], truths[ranked, label]
        starts = np.flatnonzero(np.diff(ordered, prepend=np.inf))
        drawn = weights[ranked]
        right = np.add.reduceat(drawn * truth[:, None], starts, axis=0)
        wrong = np.add.reduceat(drawn * ~truth[:, None], starts, axis=0)
        values[:, label] = curve(right, wrong)
    return mean_of_present(values, ~np.isnan(values))


def roc_area(right: NDArray[np.float64], wrong: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that a positive stands before a negative, ties counting half.

    Source: Fawcett, An introduction to ROC analysis, 2006 (trapezoids below the curve).
    nan where a set holds positives alone or negatives alone.
    """
    before = np.cumsum(right, axis=0) - right
    pairs = (wrong * (before + right / 2)).sum(axis=0)
    return divided(pairs, right.sum(axis=0) * wrong.sum(axis=0))


def average_precision(
    right: NDArray[np.float64], wrong: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum over steps of the gain in recall times the precision there, not interpolated.

    Source: scikit-learn's `average_precision_score`. nan where a set holds no positive.
    """
    hits = np.cumsum(right, axis=0)
    ranks = np.cumsum(right + wrong, axis=0)
    precision = np.divide(hits, ranks, out=np.zeros_like(hits), where=ranks > 0)
    return divided((right * precision).sum(axis=0), right.sum(axis=0))
