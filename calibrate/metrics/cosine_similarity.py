"""Metric `cosine_similarity`: the cosine between the model's numbers and FP32's."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError
from calibrate.metrics._lib.agreement import paired_arrays
from calibrate.metrics._lib.type_checks import place
from calibrate.metrics.base import MeanMetric


class CosineSimilarity(MeanMetric):
    """Cosine between the model's numbers and FP32's, mean over outputs and samples; 1 for FP32.

    a b / (|a| |b|). Needs no labels. Of raw outputs, probabilities, values and pixels. Two
    outputs that are zero throughout are equal (1); one of them alone shares nothing (0). A single
    number has no direction and is refused: `relative_error` judges it.
    Interval of a drop: paired differences of the samples' scores.

    Example:
        metrics:
          - type: cosine_similarity
    """

    name: ClassVar[str] = "cosine_similarity"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    unit: ClassVar[Unit] = ""
    reference: ClassVar[Literal["annotation", "fp32"]] = "fp32"

    def sample_value(self, prediction: Prediction, target: Target, facts: Facts) -> float:
        """The sample's cosine.

        Raises:
            CalibrateError: predictions that are no numbers, NaN, or different shapes.
        """
        pairs = paired_arrays(self.label, prediction, target, facts)
        if any(mine.size == 1 for mine, _ in pairs):
            raise CalibrateError(
                f"{self.label}: the cosine of a single number is always 1 or -1, "
                "so it cannot see a loss",
                place(facts),
                "judge single numbers by relative_error",
            )
        return float(np.mean([_cosine(mine, theirs) for mine, theirs in pairs]))


def _cosine(mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    # Rounding would leave equal vectors a digit short of 1.
    if np.array_equal(mine, theirs):
        return 1.0
    lengths = float(np.linalg.norm(mine)) * float(np.linalg.norm(theirs))
    return float(np.clip(mine @ theirs / lengths, -1.0, 1.0)) if lengths else 0.0
