"""Predicted and true token ids, position by position or as sequences."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from calibrate.core.annotation import TokenTarget
from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.type_checks import check_label, check_shapes, place, unfit
from calibrate.metrics.base import BaseMetric


def token_pair(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> tuple[NDArray[np.float32], TokenTarget]:
    """Log-probabilities [T, V] and the target, of whatever lengths.

    Minus infinity is a log-probability (of what cannot come); NaN and plus infinity are none.

    Raises:
        CalibrateError: other kinds, or NaN among the scores.
    """
    if not (isinstance(prediction, TokenScores) and isinstance(target, TokenTarget)):
        raise unfit(metric, prediction, target, facts, reads=[(TokenScores, TokenTarget)])
    scores = prediction.scores
    if np.isnan(scores).any() or np.isposinf(scores).any():
        raise CalibrateError(
            f"{metric}: the prediction holds NaN or infinity",
            place(facts),
            "look at the model's outputs for this sample (calibrate evaluate)",
        )
    return scores, target


def counted_positions(
    metric: str, prediction: Prediction, target: Target, facts: Facts
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Log-probabilities [P, V] and true tokens [P] at the positions that count.

    Raises:
        CalibrateError: other kinds, NaN, other lengths, or tokens outside of the vocabulary.
    """
    scores, truth = token_pair(metric, prediction, target, facts)
    check_shapes(metric, scores.shape[:1], truth.tokens.shape, facts)
    counted = np.ones(truth.tokens.shape, np.bool_)
    if truth.ignore is not None:
        counted = truth.tokens != truth.ignore
    tokens = truth.tokens[counted]
    for token in (tokens.min(initial=0), tokens.max(initial=0)):
        check_label(metric, int(token), scores.shape[1], facts)
    return scores[counted], tokens


class TokenSequences(BaseMetric):
    """The options of a metric of recognized sequences of tokens."""

    blank: int | None = None
    """Blank token of a CTC model: repeats become one, then blanks are removed."""
    end: int | None = None
    """Token that ends a sequence, of models with attention: it and what follows are left out."""

    def sequences(
        self, prediction: Prediction, target: Target, facts: Facts
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return predicted and true tokens of one sample; see `sequences` below."""
        return sequences(self.label, prediction, target, facts, self.blank, end=self.end)


def sequences(
    metric: str,
    prediction: Prediction,
    target: Target,
    facts: Facts,
    blank: int | None,
    *,
    end: int | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Predicted and true tokens of one sample as sequences, of whatever lengths.

    Args:
        metric: its label.
        prediction: the most likely token at each position is predicted.
        target: positions with its `ignore` are left out.
        facts: of the sample.
        blank: token of a CTC model: repeats become one, then blanks are removed.
        end: token at which the predicted sequence ends; it and what follows are left out.

    Raises:
        CalibrateError: other kinds, or NaN.
    """
    scores, truth = token_pair(metric, prediction, target, facts)
    predicted, tokens = scores.argmax(axis=1).astype(np.int64), truth.tokens
    if end is not None:
        ends = np.flatnonzero(predicted == end)
        predicted = predicted[: ends[0]] if ends.size else predicted
    if truth.ignore is not None:
        counted = tokens != truth.ignore
        # Only where the two run side by side is there a prediction to leave out with it.
        if blank is None and predicted.shape == tokens.shape:
            predicted = predicted[counted]
        tokens = tokens[counted]
    predicted = predicted if blank is None else collapsed(predicted, blank)
    return counted_as(predicted, truth.predicted_as), tokens


def counted_as(predicted: NDArray[np.int64], predicted_as: Mapping[int, int]) -> NDArray[np.int64]:
    """Predicted tokens [T], those in the map replaced by what they count as."""
    if not predicted_as:
        return predicted
    return np.array([predicted_as.get(token, token) for token in predicted.tolist()], np.int64)


def collapsed(tokens: NDArray[np.int64], blank: int) -> NDArray[np.int64]:
    """What a CTC path says: repeats become one, then blanks are removed.

    Source: Graves et al., Connectionist Temporal Classification, 2006.
    """
    first = np.ones(tokens.shape, np.bool_)
    first[1:] = tokens[1:] != tokens[:-1]
    kept: NDArray[np.int64] = tokens[first & (tokens != blank)]
    return kept


def edit_distance(first: Sequence[object], second: Sequence[object]) -> int:
    """Fewest insertions, deletions and replacements between two sequences.

    Source: Levenshtein, 1966; the row by row form of Wagner and Fischer, 1974.
    """
    row = list(range(len(second) + 1))
    for count, mine in enumerate(first, 1):
        diagonal, row[0] = row[0], count
        for index, theirs in enumerate(second, 1):
            kept = diagonal + (mine != theirs)
            diagonal = row[index]
            row[index] = min(kept, row[index] + 1, row[index - 1] + 1)
    return row[-1]
