"""Metric `perplexity`: perplexity over token ids."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.tokens import counted_positions
from calibrate.metrics.base import RatioMetric


class Perplexity(RatioMetric):
    """Perplexity of a language model over token ids: exp of the mean negative log-likelihood.

    exp(-sum of log p(true token) / tokens), positions of all samples together; positions that
    the dataset marks do not count. A token with probability 0 makes it infinite.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: perplexity
    """

    name: ClassVar[str] = "perplexity"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (1.0, float("inf"))
    unit: ClassVar[Unit] = ""

    def terms(self, prediction: Prediction, target: Target, facts: Facts) -> tuple[float, float]:
        """Negative log-likelihood in nats, positions that count.

        Raises:
            CalibrateError: other kinds, NaN, other lengths, tokens outside of the vocabulary.
        """
        scores, tokens = counted_positions(self.label, prediction, target, facts)
        likelihoods = scores[np.arange(tokens.size), tokens].astype(np.float64)
        return float(-likelihoods.sum()), tokens.size

    def value(self, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
        """The exponential of the mean negative log-likelihood."""
        return np.asarray(np.exp(ratio), np.float64)
