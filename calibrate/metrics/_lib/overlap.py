"""Overlap of predicted and true masks: pooled over all images, or one value a case."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Evidence, Target
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Facts
from calibrate.metrics._lib.confusion import Totals, pixel_counts, total_counts
from calibrate.metrics._lib.means import mean_of_present, weighted_ratio
from calibrate.metrics.base import PooledMetric

Floats = NDArray[np.float64]


class OverlapMetric(PooledMetric):
    """A metric of the pixels of each class that are predicted, true, or both."""

    ignore_label: int | None = None
    """A class that is left out of the mean (its pixels still count), for instance background."""
    only_label: int | None = None
    """The one class whose value is taken; all by default."""
    per_case: bool = False
    """Whether each image (or volume) has a value, of which the mean is taken; else pixels of all
    images are counted together."""
    empty: Literal["skip", "one"] = "skip"
    """For `per_case`, the value of a class that is not in the mask of a case: `skip`: it is left
    out, even if it is predicted; `one`: 1 where it is not predicted either, else 0."""
    counting: Literal["standard", "accuracy_checker"] = "standard"
    """The rules: `standard`, or those of the Open Model Zoo's Accuracy Checker, where pixels of
    the `ignore_label`, and pixels predicted as it, do not count for other classes either, and
    where the mean IoU is over classes that are only predicted too."""
    classes: int | None = Field(default=None, ge=1)
    """How many classes there are, for `empty: one` with several of them."""

    @abstractmethod
    def ratios(self, totals: Totals) -> Floats:
        """The value of each class [B, K]; nan where it is nowhere."""

    @abstractmethod
    def counted(self, totals: Totals) -> NDArray[np.bool_]:
        """[B, K] which classes the pooled mean is over."""

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Pixels of each class: predicted, true, both; for `per_case` [2], the value and 1.

        Raises:
            CalibrateError: other kinds, other shapes, or negative class ids.
        """
        left_out = self.ignore_label if self.counting == "accuracy_checker" else None
        counts = pixel_counts(self.label, prediction, target, facts, left_out=left_out)
        return self._case(counts) if self.per_case else counts

    def aggregate(self, evidence: Sequence[Evidence], counts: NDArray[np.int64]) -> Floats:
        """The value of each set; nan where nothing is labelled."""
        if self.per_case:
            return weighted_ratio(evidence, counts)
        totals = self._chosen(total_counts(evidence, counts))
        return mean_of_present(self.ratios(totals), self.counted(totals))

    def by_class(self, evidence: Sequence[Evidence]) -> Mapping[int, float]:
        """The value of each class that the mean is over; empty for `per_case`."""
        if self.per_case:
            return {}
        totals = self._chosen(total_counts(evidence, np.ones((1, len(evidence)), np.int64)))
        values, counted = self.ratios(totals)[0], self.counted(totals)[0]
        return {
            int(label): float(value)
            for label, value in zip(totals.classes[counted], values[counted], strict=True)
        }

    def _chosen(self, totals: Totals) -> Totals:
        totals = totals.without(self.ignore_label)
        return totals if self.only_label is None else totals.only(self.only_label)

    def _case(self, counts: Mapping[str, NDArray[Any]]) -> Evidence:
        """[2]: the mean over the classes of the case and 1; zeros where it has none."""
        single_draw = np.ones((1, 1), np.int64)
        totals = self._chosen(total_counts([cast("Evidence", counts)], single_draw))
        ratios, actual = self.ratios(totals)[0], totals.actual[0] > 0
        if self.empty == "skip":
            values = ratios[actual]
        else:
            present = ~np.isnan(ratios)
            values = np.concatenate(
                [ratios[present], np.ones(self._absent(totals.classes[present]))]
            )
        return np.array([values.mean(), 1.0] if values.size else [0.0, 0.0], np.float64)

    def _absent(self, present: NDArray[np.int64]) -> int:
        """How many classes are neither in the mask nor predicted."""
        if self.only_label is not None or self.classes is None:
            return int(not present.size)
        known = self.classes - (self.ignore_label is not None)
        return max(0, known - present.size)
