"""Metric `relative_error`: how far numbers are from FP32's, relative to how FP32's vary."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.decoders._lib.divergence import sampled
from calibrate.metrics._lib.agreement import paired_arrays
from calibrate.metrics._lib.means import divided
from calibrate.metrics.base import POSITIVE, PooledMetric

Floats = NDArray[np.float64]

MOST_NUMBERS = 4096
"""Numbers of a sample that are kept, evenly spaced over each of its outputs."""


class RelativeError(PooledMetric):
    """Root mean squared distance from FP32's numbers, relative to their spread over the samples.

    sqrt(sum of (model - FP32)^2 / sum of (FP32 - mean of FP32 over samples)^2), sums over samples
    and up to 4096 evenly spaced numbers of each: 0 for FP32 itself, 1 for a model that gives the
    mean for every sample. Of several outputs the largest counts, so that large numbers in one
    output do not hide another; an output on which FP32 does not vary is compared with the sum of
    FP32^2 (with the number of numbers where that is 0), where another output varies. Unlike the
    cosine it sees what happens to a single number, and to numbers with a large constant part. Needs
    no labels, but two samples on which FP32 differs.
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
        """The numbers of the model and of FP32, and how many of them are of each output.

        Raises:
            CalibrateError: predictions that are no numbers, NaN, or different shapes.
        """
        pairs = paired_arrays(self.label, prediction, target, facts)
        most = max(1, MOST_NUMBERS // max(1, len(pairs)))
        kept = [(sampled(mine, most), sampled(theirs, most)) for mine, theirs in pairs]
        return {
            "predicted": np.concatenate([mine for mine, _ in kept]),
            "actual": np.concatenate([theirs for _, theirs in kept]),
            "sizes": np.array([len(mine) for mine, _ in kept], np.int64),
        }

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The relative error of each set; nan where FP32 does not vary over its samples."""
        weights = counts.astype(np.float64)
        parts = [_squares(mine, theirs, weights) for mine, theirs in _outputs_of(evidence)]
        errors, spreads, sums = (np.stack(part) for part in zip(*parts, strict=True))
        varies = spreads > 0
        largest = np.sqrt(divided(errors, np.where(varies, spreads, sums)).max(axis=0))
        return np.where(varies.any(axis=0), largest, np.nan)


def _squares(mine: Floats, theirs: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Sums of squares of one output in each set, [B]: of the error, the spread and FP32's numbers.

    The spread is 0 where it is no more than the rounding of float32. Where FP32's numbers are all
    0, how many there are, at least 1, stands for their sum.
    """
    errors = weights @ np.square(mine - theirs).sum(axis=1)
    sums = weights @ np.square(theirs).sum(axis=1)
    sums = np.where(sums > 0, sums, np.maximum(1.0, theirs.shape[1] * weights.sum(axis=1)))
    # Distances from the mean of all samples keep their digits where numbers are large.
    centred = theirs - theirs.mean(axis=0)
    total = weights.sum(axis=1)
    means = divided(weights @ centred, total[:, None])
    spread = weights @ np.square(centred).sum(axis=1) - total * np.square(means).sum(axis=1)
    noise = np.finfo(np.float32).eps ** 2 * np.square(theirs).sum()
    return errors, np.where(spread <= noise, 0.0, spread), sums


def _outputs_of(evidence: Sequence[Evidence]) -> list[tuple[Floats, Floats]]:
    """Numbers [N, K] of the model and of FP32 by output; shorter samples are filled with zeros."""
    pieces = [cast("Mapping[str, NDArray[Any]]", piece) for piece in evidence]
    sides = []
    for side in ("predicted", "actual"):
        split = [np.split(piece[side], np.cumsum(piece["sizes"])[:-1]) for piece in pieces]
        sides.append([_stacked(rows) for rows in zip(*split, strict=True)])
    return list(zip(*sides, strict=True))


def _stacked(rows: Sequence[Floats]) -> Floats:
    width = max(len(row) for row in rows)
    return np.stack([np.pad(row, (0, width - len(row))) for row in rows])
