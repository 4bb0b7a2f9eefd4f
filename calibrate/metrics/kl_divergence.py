"""Metric `kl_divergence`: how far the model's probabilities are from FP32's."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import kl_divergence, log_of
from calibrate.metrics._lib.type_checks import check_finite, check_shapes, unfit
from calibrate.metrics.base import POSITIVE, MeanMetric

KINDS = (ClassScores, LabelScores, TokenScores)


class KlDivergence(MeanMetric):
    """Kullback-Leibler divergence of the model's probabilities from FP32's, in nats; 0 for FP32.

    KL(FP32 || model) = sum of p (log p - log q). Needs no labels. Classes: of the distribution;
    several labels: the sum over labels of the two-way divergences; tokens: the mean over
    positions. Probabilities below 1e-12 count as that, so the value is finite. Source: Kullback
    and Leibler, On Information and Sufficiency, 1951.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: kl_divergence
            max_drop: 0.02
    """

    name: ClassVar[str] = "kl_divergence"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE
    unit: ClassVar[Unit] = ""
    reference: ClassVar[Literal["annotation", "fp32"]] = "fp32"

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The sample's divergence, nats.

        Raises:
            CalibrateError: predictions that are no probabilities, NaN, or different shapes.
        """
        if isinstance(prediction, TokenScores) and isinstance(target, TokenScores):
            mine, theirs = np.exp(prediction.scores), np.exp(target.scores)
            parts = max(1, len(theirs))
        elif isinstance(prediction, ClassScores) and isinstance(target, ClassScores):
            mine, theirs, parts = prediction.scores, target.scores, 1
        elif isinstance(prediction, LabelScores) and isinstance(target, LabelScores):
            mine = _two_way(prediction.scores)
            theirs, parts = _two_way(target.scores), 1
        else:
            reads = [(kind, kind) for kind in KINDS]
            raise unfit(self.label, prediction, target, facts, reads=reads)
        check_finite(self.label, mine, facts)
        check_shapes(self.label, mine.shape, theirs.shape, facts)
        return kl_divergence(log_of(theirs), log_of(mine)) / parts


def _two_way(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    present = scores.astype(np.float64)
    return np.stack([present, 1.0 - present])
