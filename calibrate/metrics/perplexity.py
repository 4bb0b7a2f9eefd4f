"""Metric `perplexity`: perplexity over token ids."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.means import weighted_ratio
from calibrate.metrics._lib.tokens import counted_positions


class Perplexity(Component):
    """Perplexity of a language model over token ids: exp of the mean negative log-likelihood.

    exp(-sum of log p(true token) / tokens), positions of all samples together; positions that
    the dataset marks do not count. A token with probability 0 makes it infinite.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: perplexity
    """

    higher_is_better: ClassVar[bool] = False
    is_mean: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (1.0, float("inf"))
    unit: ClassVar[Unit] = ""
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    @property
    def label(self) -> str:
        """`perplexity`."""
        return "perplexity"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[2]: negative log-likelihood in nats, positions that count.

        Raises:
            CalibrateError: other kinds, NaN, other lengths, tokens outside of the vocabulary.
        """
        scores, tokens = counted_positions(self.label, prediction, target, facts)
        likelihoods = scores[np.arange(tokens.size), tokens].astype(np.float64)
        return np.array([-likelihoods.sum(), tokens.size], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The perplexity of each set; nan where no position counts."""
        return np.asarray(np.exp(weighted_ratio(evidence, counts)), np.float64)
