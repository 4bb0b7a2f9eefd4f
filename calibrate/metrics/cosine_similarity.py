"""Metric `cosine_similarity`: the cosine between the model's numbers and FP32's."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.prediction import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.agreement import paired_arrays
from calibrate.metrics._lib.means import weighted_mean


class CosineSimilarity(Component):
    """Cosine between the model's numbers and FP32's, mean over outputs and samples; 1 for FP32.

    a b / (|a| |b|). Needs no labels. Of raw outputs, probabilities, values and pixels. Two
    outputs that are zero throughout are equal (1); one of them alone shares nothing (0).
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: cosine_similarity
    """

    higher_is_better: ClassVar[bool] = True
    is_mean: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    unit: ClassVar[Unit] = ""
    reference: ClassVar[Literal["annotation", "fp32"]] = "fp32"

    @property
    def label(self) -> str:
        """`cosine_similarity`."""
        return "cosine_similarity"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """[1]: the sample's cosine.

        Raises:
            CalibrateError: predictions that are no numbers, NaN, or different shapes.
        """
        pairs = paired_arrays(self.label, prediction, target, facts)
        return np.array([np.mean([_cosine(mine, theirs) for mine, theirs in pairs])], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The mean cosine of each set."""
        return weighted_mean(evidence, counts)


def _cosine(mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    # Rounding would leave equal vectors a digit short of 1.
    if np.array_equal(mine, theirs):
        return 1.0
    lengths = float(np.linalg.norm(mine)) * float(np.linalg.norm(theirs))
    return float(np.clip(mine @ theirs / lengths, -1.0, 1.0)) if lengths else 0.0
