"""Metric `wer`: word error rate."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import edit_distance, sequences
from calibrate.metrics.base import POSITIVE, RatioMetric


class Wer(RatioMetric):
    """Word error rate: edits that turn predicted words into true ones, per true word.

    The sum of edit distances (insertions, deletions, replacements) over the sum of true words,
    so it may exceed 1. The most likely token at each position is the prediction. Without
    `separator` every token is a word. Source: Levenshtein, 1966.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: wer
            blank: 0
    """

    name: ClassVar[str] = "wer"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE

    blank: int | None = None
    """Blank token of a CTC model: repeats become one, then blanks are removed."""
    separator: int | None = None
    """Token between words, for models whose tokens are letters or parts of words."""

    def terms(self, prediction: Prediction, target: Target, facts: Facts) -> tuple[float, float]:
        """Edits, true words.

        Raises:
            CalibrateError: other kinds, or NaN.
        """
        predicted, tokens = sequences(self.label, prediction, target, facts, self.blank)
        said, true = _words(predicted, self.separator), _words(tokens, self.separator)
        return edit_distance(said, true), len(true)


def _words(tokens: NDArray[np.int64], separator: int | None) -> list[tuple[int, ...]]:
    """The tokens between separators; each token where there is none."""
    if separator is None:
        return [(int(token),) for token in tokens]
    parts = np.split(tokens, np.flatnonzero(tokens == separator))
    words = [tuple(int(token) for token in part if token != separator) for part in parts]
    return [word for word in words if word]
