"""Metric `relative_error`: how far numbers are from FP32's, relative to how FP32's vary."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import sampled
from calibrate.metrics._lib.agreement import paired_arrays
from calibrate.metrics._lib.correlation import stacked_pairs
from calibrate.metrics._lib.means import divided
from calibrate.metrics.base import POSITIVE, PooledMetric

MOST_NUMBERS = 4096
"""Numbers of a sample that are kept, evenly spaced over all of its outputs."""


class RelativeError(PooledMetric):
    """Root mean squared distance from FP32's numbers, relative to their spread over the samples.

    sqrt(sum of (model - FP32)^2 / sum of (FP32 - mean of FP32 over samples)^2), sums over samples
    and up to 4096 evenly spaced numbers of each: 0 for FP32 itself, 1 for a model that gives the
    mean for every sample. Unlike the cosine it sees what happens to a single number, and to
    numbers with a large constant part. Needs no labels, but two samples on which FP32 differs.
    Interval of a drop: bootstrap over samples, both models on the same draws.

    Example:
        metrics:
          - type: relative_error
            max_drop: 0.05
    """

    name: ClassVar[str] = "relative_error"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = POSITIVE
    reference: ClassVar[Literal["annotation", "fp32"]] = "fp32"

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """The numbers of the model and of FP32.

        Raises:
            CalibrateError: predictions that are no numbers, NaN, or different shapes.
        """
        pairs = paired_arrays(self.label, prediction, target, facts)
        return {
            "predicted": sampled(np.concatenate([mine for mine, _ in pairs]), MOST_NUMBERS),
            "actual": sampled(np.concatenate([theirs for _, theirs in pairs]), MOST_NUMBERS),
        }

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The relative error of each set; nan where FP32 does not vary over its samples."""
        mine, theirs = stacked_pairs(evidence)
        weights = counts.astype(np.float64)
        errors = weights @ np.square(mine - theirs).sum(axis=1)
        # Distances from the mean of all samples keep their digits where numbers are large.
        centred = theirs - theirs.mean(axis=0)
        total = weights.sum(axis=1)
        means = divided(weights @ centred, total[:, None])
        spread = weights @ np.square(centred).sum(axis=1) - total * np.square(means).sum(axis=1)
        noise = np.finfo(np.float32).eps ** 2 * np.square(theirs).sum()
        return np.sqrt(divided(errors, np.where(spread <= noise, 0.0, spread)))
